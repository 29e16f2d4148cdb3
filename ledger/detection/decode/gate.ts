import { FORMAT_RULES } from '../catalogue.ts'
import { locate } from '../match.ts'
import { isHotName } from '../names/hot.ts'
import { Prefilter } from '../prefilter.ts'
import type { FormatRule } from '../rule.ts'
import { mayHideText } from './base64-run.ts'

/** Letters that every word for a secret has in it, in the languages of the vocabulary, and those of names that keyed rules ask for. */
const STEMS =
  'pass pwd pword psw pw_ pw. pw- pw: pw= pw" pw\' pw< pw1 pw2 mdp psk pin pat secret token key cred auth login userinfo userpwd bearer jwt cookie sessid seed salt pepper totp otp mnemonic kennwort contrase clave senha parol heslo haslo hasło wachtwoord losenord lösenord salasana sifre şifre jelszo geheim segredo community tenant client application pp_id ppid pp-id ppId access_id accessid accessId sumo honeycomb hny algolia splunk contribsys snmp remoteref remoteRef valuefrom valueFrom approle netrc consul hec_ hec- hec. hec: hec='.split(
    ' ',
  )
/** Short words that end a name, with what may stand behind it. */
const ENDED_STEMS = ['pw ', 'pw\t', 'pw\n', 'pw\r', 'pw]', 'pw)', 'pw,', 'pw\\', 'pw>', 'pw;']
/** Texts behind which a reader looks whatever the names are. */
const READERS = ['binaryData', '-pass', '--user', 'dentified', 'DENTIFIED', '\\u004', '\\u005', '\\u006', '\\u007']
/** Begins of references that are told by letters; what follows at once is never blank. */
const REFERENCES =
  'ENC[ ref+ refs: vault: op:// arn:aws .vault.azure.net secretmanager ssm: sm:/ gsm: kms: asm: k8s: kube: kubernetes: keyvault: akv: conjur: bitwarden: infisical: doppler: credhub: akeyless: bws: keeper: keychain: lastpass: berglas: gcpsecrets: consul: sops: chamber: credstash: aws_secrets: env: !ENV env( os.environ process.env ENV[ getenv( file: /secrets'.split(
    ' ',
  )

type Owner = FormatRule | 'stem' | 'reader' | 'reference'

let prefilter: Prefilter<Owner> | undefined

function prefilterOfTexts(): Prefilter<Owner> {
  const anchors = new Map<string, Owner[]>()
  const add = (anchor: string, owner: Owner): void => {
    const owners = anchors.get(anchor) ?? []
    anchors.set(anchor, owners.includes(owner) ? owners : [...owners, owner])
  }
  for (const rule of FORMAT_RULES) for (const anchor of rule.anchors) add(anchor, rule)
  for (const stem of [...STEMS, ...ENDED_STEMS]) for (const written of writings(stem)) add(written, 'stem')
  for (const reader of READERS) add(reader, 'reader')
  for (const reference of REFERENCES) for (const written of writings(reference)) add(written, 'reference')
  return new Prefilter<Owner>([...anchors].flatMap(([anchor, owners]) => owners.map((owner) => [anchor, owner] as const)))
}

function writings(word: string): readonly string[] {
  return [word, word.toUpperCase(), word.charAt(0).toUpperCase() + word.slice(1)]
}

/**
 * Proves that nothing in a text can become a finding or a reference, when its own name cannot make it one: no anchor of a format that matches, no name of
 * a secret, no mark of a reference, nothing that hides a text in base64. Two passes over the characters and no allocation, because nearly everything
 * in a cluster is cold. A test holds it against the vocabulary and the catalogue.
 */
export function isCold(text: string): boolean {
  prefilter ??= prefilterOfTexts()
  return !findMark(text, isAny) && !prefilter.some(text, isTelling)
}

const isAny = (): boolean => true

/** Where a text is not cold. Readers of files pass over whatever lies between, so that one password does not make a long file dear. */
export class HotSpots {
  readonly #offsets: Uint32Array

  constructor(text: string) {
    prefilter ??= prefilterOfTexts()
    const offsets: number[] = []
    findMark(text, (at) => {
      offsets.push(at)
      return false
    })
    prefilter.some(text, (_text, at, owner) => {
      if (isTelling(text, at, owner)) offsets.push(at)
      return false
    })
    this.#offsets = Uint32Array.from(offsets).sort()
  }

  /** True when something between the offsets has to be looked at. */
  within(from: number, end: number): boolean {
    let low = 0
    let high = this.#offsets.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#offsets[middle] ?? 0) < from) low = middle + 1
      else high = middle
    }
    return (this.#offsets[low] ?? Number.POSITIVE_INFINITY) < end
  }
}

function isTelling(text: string, at: number, owner: Owner): boolean {
  if (owner === 'reader') return true
  if (owner === 'stem') return isHotName(nameAround(text, at))
  if (owner === 'reference') return isFollowed(text, at)
  return locate(owner, text, at) !== undefined
}

/** A mark of reference is followed at once by what it refers to; a key of a map is not. */
function isFollowed(text: string, at: number): boolean {
  const highest = at + REFERENCE_CHARS_MAX
  for (let mark = at; mark < highest; mark++) {
    const code = text.charCodeAt(mark)
    if (code !== 58 && code !== 91 && code !== 40 && code !== 43 && code !== 47) continue
    const next = text.charCodeAt(mark + 1)
    return next > 32 && next !== 34 && next !== 39 && next !== 44
  }
  return true
}

/** Characters of the longest begin of a reference. */
const REFERENCE_CHARS_MAX = 24

/** Characters of a name round a stem. */
const NAME_CHARS_BEFORE = 60
const NAME_CHARS_AFTER = 40

function nameAround(text: string, at: number): string {
  const lowest = Math.max(0, at - NAME_CHARS_BEFORE)
  let start = at
  while (start > lowest && isNameChar(text.charCodeAt(start - 1))) start -= 1
  // The letter of an escape such as \n belongs to no name.
  if (start > 0 && start < at && text.charCodeAt(start - 1) === 92) start += 1
  const highest = Math.min(text.length, at + NAME_CHARS_AFTER)
  let end = at
  while (end < highest && isNameChar(text.charCodeAt(end))) end += 1
  return text.slice(start, end)
}

function isNameChar(code: number): boolean {
  return code > 127 || (CLASSES[code] ?? 0) === PLAIN || code === 45 || code === 46 || code === 95
}

const OTHER = 0
const PLAIN = 1
/** `-` and `_` are characters of base64, and marks where they begin a word. */
const WORD_MARK = 2
const MARK = 3
/** Characters of base64 that no name has. */
const BASE64_ONLY = 4
/** One entry for every code unit, so that no look needs a comparison first. */
const CLASSES = new Uint8Array(1 << 16)
for (let code = 48; code < 123; code++) if (code < 58 || (code > 64 && code < 91) || code > 96) CLASSES[code] = PLAIN
CLASSES[43] = BASE64_ONLY
CLASSES[47] = BASE64_ONLY
CLASSES[45] = WORD_MARK
CLASSES[95] = WORD_MARK
for (const mark of '$%@{<#') CLASSES[mark.charCodeAt(0)] = MARK

/** Shortest runs that `guessBase64` looks at. */
const RUN_CHARS_MIN = 20
const PADDED_RUN_CHARS_MIN = 10

/** Looks for marks of references, for short flags, and for base64 of a text, until one is accepted. */
function findMark(text: string, accepts: (at: number) => boolean): boolean {
  const length = text.length
  // Elements of XML are no references.
  const isXml = text.charCodeAt(0) === 60 && (text.includes('</') || text.includes('/>'))
  let run = 0
  for (let at = nextOther(text, 0); at < length; at = nextOther(text, at + 1)) {
    const code = text.charCodeAt(at)
    const kind = CLASSES[code]
    if (kind === WORD_MARK) {
      if (at === run && isWordMark(text, at, code) && accepts(at)) return true
      continue
    }
    if (kind === BASE64_ONLY) continue
    const size = at - run
    if (size >= PADDED_RUN_CHARS_MIN && (size >= RUN_CHARS_MIN || code === 61) && mayHideText(text, run, at) && accepts(run)) return true
    run = at + 1
    if (kind === MARK && !(isXml && code === 60) && isMark(text, at, code) && accepts(at)) return true
  }
  return length - run >= RUN_CHARS_MIN && mayHideText(text, run, length) && accepts(run)
}

/** First character from `from` on that is neither a letter nor a digit. Kept apart, because most of the time of a scan is spent here. */
function nextOther(text: string, from: number): number {
  const length = text.length
  let at = from
  while (at < length && (CLASSES[text.charCodeAt(at)] ?? OTHER) === PLAIN) at++
  return at
}

const UNDERSCORED = /__[A-Za-z][\w-]{0,100}__/y
const PERCENT = /%(?:[A-Za-z_][\w.-]{0,100}%|\([\w.-]{1,100}\)s)/y
const AT = /@(?:@?[\w.-]{1,100}@|\/|[\w.~-]{0,200}\/[\w.~-]|Microsoft)/y
const ANGLE = /<(?:%|<|path:|[\w.-]{1,100}(?:\s{0,8}\|\s{0,8}[^<>]{1,60})?>)/y
const HASH = /#\{[\w.-]{1,100}\}/y

/** `-p`, `-u` and the like may carry a password; `__NAME__` is a template. */
function isWordMark(text: string, at: number, code: number): boolean {
  const next = text.charCodeAt(at + 1)
  if (code === 45) return next === 112 || next === 80 || next === 117 || next === 85 || next === 97 || next === 119
  return next === 95 && matches(UNDERSCORED, text, at)
}

function isMark(text: string, at: number, code: number): boolean {
  const next = text.charCodeAt(at + 1)
  if (code === 36) return next === 123 || next === 40 || next === 91 || next === 95 || (next > 57 && CLASSES[next] === PLAIN)
  if (code === 123) return next === 123 || next === 37
  if (code === 35) return next === 123 && matches(HASH, text, at)
  if (at > 0 && !isBegin(text.charCodeAt(at - 1))) return false
  if (code === 37) return matches(PERCENT, text, at)
  if (code === 64) return matches(AT, text, at)
  return matches(ANGLE, text, at)
}

function matches(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at
  return pattern.test(text)
}

/** A value begins at the start of a text, behind white space, a quote, or a mark of assignment. */
function isBegin(code: number): boolean {
  return (
    code <= 32 ||
    code === 34 ||
    code === 39 ||
    code === 96 ||
    code === 61 ||
    code === 58 ||
    code === 91 ||
    code === 44 ||
    code === 40 ||
    code === 62 ||
    code === 59
  )
}

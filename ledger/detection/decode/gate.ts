import { TextScanner } from '../anchors/text-scanner.ts'
import { FORMAT_RULES } from '../catalogue.ts'
import { locate } from '../match.ts'
import { isHotName } from '../names/hot.ts'
import { Prefilter } from '../prefilter.ts'
import type { FormatRule } from '../rule.ts'
import { mayHideText } from './base64-run.ts'
import { CALL_MARKS } from './call-arguments.ts'
import { mayTakePassword } from './command-flags.ts'
import { DIRECTIVE_MARKS } from './directives.ts'
import { isPointer, mayHoldValue } from './chart-names.ts'

/** Letters that every word for a secret has in it, in the languages of the vocabulary, and those of names that keyed rules ask for. */
const STEMS =
  'pass pwd pword psw pw_ pw. pw- pw: pw= pw" pw\' pw< pw1 pw2 mdp psk pin pat secret token key cred auth login userinfo userpwd bearer jwt cookie sessid seed salt pepper totp otp mnemonic kennwort contrase clave senha parol heslo haslo hasło wachtwoord losenord lösenord salasana sifre şifre jelszo geheim segredo community tenant client application pp_id ppid pp-id ppId access_id accessid accessId sumo honeycomb hny algolia splunk contribsys snmp remoteref remoteRef valuefrom valueFrom approle netrc consul hec_ hec- hec. hec: hec='.split(
    ' ',
  )
/** Short words that end a name, with what may stand behind it. */
const ENDED_STEMS = ['pw ', 'pw\t', 'pw\n', 'pw\r', 'pw]', 'pw)', 'pw,', 'pw\\', 'pw>', 'pw;']
/** Texts behind which a reader looks whatever the names are. */
const COMMANDS = ['chpasswd', 'htpasswd', 'add_user', 'change_password', 'alias set', 'host add', '-stdin', '--stdin', 'sudo -S']
const READERS = [
  ...COMMANDS,
  ...DIRECTIVE_MARKS,
  ...CALL_MARKS,
  'PlainLoginModule',
  'binaryData',
  '--user',
  'dentified',
  'DENTIFIED',
  '\\u004',
  '\\u005',
  '\\u006',
  '\\u007',
]
/**
 * Begins of references to stores of secrets that are told by letters; what follows at once is never blank. Variables and templates are not among them:
 * they are references to a secret only where a name says so, and the name is found by itself.
 */
const REFERENCES =
  'ENC[ ref+ refs: vault: op:// arn:aws .vault.azure.net secretmanager ssm: sm:/ gsm: kms: asm: k8s: kube: kubernetes: keyvault: akv: conjur: bitwarden: infisical: doppler: credhub: akeyless: bws: keeper: keychain: lastpass: berglas: gcpsecrets: consul: sops: chamber: credstash: aws_secrets: /secrets <path:'.split(
    ' ',
  )
/** Short flags that may carry a password, with what may stand before them. */
const FLAGS = ['-p', '-P', '-u', '-U', '-a', '-w', '-pass']
const BEFORE_FLAGS = ' \n\t\r"\'=,([;|&`:{\\'.split('')

type Owner = FormatRule | 'stem' | 'reader' | 'reference' | 'flag'

interface Scanners {
  /** Character by character, for texts too short to be worth the way into the other. */
  readonly short: Prefilter<Owner>
  readonly long: TextScanner<Owner>
}

/** Texts from this length on are scanned by vectors. */
const LONG_CHARS_MIN = 48

let known: Scanners | undefined

function scannersOfTexts(): Scanners {
  const anchors = new Map<string, Owner[]>()
  const add = (anchor: string, owner: Owner): void => {
    const owners = anchors.get(anchor) ?? []
    anchors.set(anchor, owners.includes(owner) ? owners : [...owners, owner])
  }
  for (const rule of FORMAT_RULES) for (const anchor of rule.anchors) add(anchor, rule)
  for (const stem of [...STEMS, ...ENDED_STEMS]) for (const written of writings(stem)) add(written, 'stem')
  for (const reader of READERS) add(reader, 'reader')
  for (const reference of REFERENCES) for (const written of writings(reference)) add(written, 'reference')
  for (const flag of FLAGS) for (const before of BEFORE_FLAGS) add(before + flag, 'flag')
  const rows = [...anchors].flatMap(([anchor, owners]) => owners.map((owner) => [anchor, owner] as const))
  return { short: new Prefilter<Owner>(rows), long: new TextScanner<Owner>(rows) }
}

function writings(word: string): readonly string[] {
  return [word, word.toUpperCase(), word.charAt(0).toUpperCase() + word.slice(1)]
}

/**
 * Proves that nothing in a text can become a finding or a reference to a secret, when its own name cannot make it one: no anchor of a format that matches,
 * no name of a secret, no mark of a store of secrets, nothing that hides a text in base64. One pass and no allocation, because nearly everything
 * in a cluster is cold. A test holds it against the vocabulary and the catalogue.
 */
export function isCold(text: string): boolean {
  known ??= scannersOfTexts()
  if (text.length >= LONG_CHARS_MIN) return !known.long.some(text, isTelling, hidesText)
  return !startsWithFlag(text) && !someRun(text, isAny) && !known.short.some(text, isTelling)
}

const isAny = (): boolean => true

/**
 * The same of a file of a Helm chart or of what was rendered from it. Templates name secrets all the time without holding one: as a key whose value is filled in
 * (`password: {{ .Values.password }}`), as the name of a variable that comes from a Secret, or inside of an expression.
 */
export function isColdChartText(text: string): boolean {
  known ??= scannersOfTexts()
  return !known.long.some(text, isTellingInChart, hidesText)
}

function isTellingInChart(text: string, at: number, owner: Owner): boolean {
  if (owner !== 'stem') return isTelling(text, at, owner)
  if (isPointer(text, at) || isInOtherWord(text, at)) return false
  const start = startOfName(text, at)
  const end = endOfName(text, at)
  const name = text.slice(start, end)
  return isHotName(name) && !isPassedOn(text, at) && mayHoldValue(text, name, start, end)
}

/** Forgets what is left of texts. */
export function forgetTexts(): void {
  known?.long.forget()
}

/** Where a text is not cold. Readers of files pass over whatever lies between, so that one password does not make a long file dear. */
export class HotSpots {
  readonly #text: string
  #offsets: Uint32Array | undefined

  constructor(text: string) {
    this.#text = text
  }

  /** True when something between the offsets has to be looked at. The first call scans the text: files that mean something as a whole are never asked about. */
  within(from: number, end: number): boolean {
    const offsets = (this.#offsets ??= hotOffsets(this.#text))
    let low = 0
    let high = offsets.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((offsets[middle] ?? 0) < from) low = middle + 1
      else high = middle
    }
    return (offsets[low] ?? Number.POSITIVE_INFINITY) < end
  }
}

function hotOffsets(text: string): Uint32Array {
  known ??= scannersOfTexts()
  const offsets: number[] = []
  const note = (at: number): false => {
    offsets.push(at)
    return false
  }
  known.long.some(
    text,
    // Before a flag stands a character that may belong to another line.
    (_text, at, owner) => isTelling(text, at, owner) && note(owner === 'flag' ? at + 1 : at),
    (_text, from, end, isLatin) => hidesText(text, from, end, isLatin) && note(from),
  )
  return Uint32Array.from(offsets).sort()
}

function isTelling(text: string, at: number, owner: Owner): boolean {
  if (owner === 'reader') return true
  if (owner === 'flag') return mayTakePassword(text, at + 1)
  if (owner === 'stem') return !isInOtherWord(text, at) && isHotName(text.slice(startOfName(text, at), endOfName(text, at))) && !isPassedOn(text, at)
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

/** Directives of nginx that pass a request on: `proxy_pass http://shop:8080;`. A user part would make it an address with credentials, which is found by its form. */
const PASSED_ON = /(?:proxy|fastcgi|uwsgi|scgi|grpc|memcached)_pass[ \t]+[^\s;'"]+;/y
const DIRECTIVE_CHARS_MAX = 16

function isPassedOn(text: string, at: number): boolean {
  // Only the stem `pass` stands behind an underscore here.
  if (text.charCodeAt(at - 1) !== 95 || !text.startsWith('pass ', at)) return false
  const from = Math.max(text.lastIndexOf(' ', at), text.lastIndexOf('\n', at), text.lastIndexOf('\t', at)) + 1
  if (at - from > DIRECTIVE_CHARS_MAX) return false
  PASSED_ON.lastIndex = from
  return PASSED_ON.test(text)
}

/**
 * The two shortest stems stand in `path`, `pattern`, `patch`, `ping` and `pinned` far more often than for themselves. A capital behind them begins a word of its own,
 * and a secret that is glued behind one of these words has a stem of its own.
 */
function isInOtherWord(text: string, at: number): boolean {
  if ((text.charCodeAt(at) | 32) !== 112) return false
  const last = text.charCodeAt(at + 2)
  const next = text.charCodeAt(at + 3)
  if (((last ^ next) & 32) !== 0) return false
  const second = text.charCodeAt(at + 1) | 32
  const behind = next | 32
  if (second === 97) return (last | 32) === 116 && (behind === 104 || behind === 116 || behind === 99)
  return second === 105 && (last | 32) === 110 && (behind === 103 || behind === 110)
}

/** First character of the name that has a stem at `at`. */
function startOfName(text: string, at: number): number {
  const lowest = Math.max(0, at - NAME_CHARS_BEFORE)
  let start = at
  while (start > lowest && isNameChar(text.charCodeAt(start - 1))) start -= 1
  // The letter of an escape such as \n belongs to no name.
  return start > 0 && start < at && text.charCodeAt(start - 1) === 92 ? start + 1 : start
}

/** Offset behind the name that has a stem at `at`. */
function endOfName(text: string, at: number): number {
  const highest = Math.min(text.length, at + NAME_CHARS_AFTER)
  let end = at
  while (end < highest && isNameChar(text.charCodeAt(end))) end += 1
  return end
}

function isNameChar(code: number): boolean {
  return code > 127 || (CLASSES[code] ?? 0) === PLAIN || code === 45 || code === 46 || code === 95
}

const OTHER = 0
const PLAIN = 1
/** Characters of base64 that are no letter or digit. */
const RUN_MARK = 2
/** One entry for every code unit, so that no look needs a comparison first. */
const CLASSES = new Uint8Array(1 << 16)
for (let code = 48; code < 123; code++) if (code < 58 || (code > 64 && code < 91) || code > 96) CLASSES[code] = PLAIN
for (const mark of '+/-_') CLASSES[mark.charCodeAt(0)] = RUN_MARK

/** Shortest runs that `guessBase64` looks at. */
const RUN_CHARS_MIN = 20
const PADDED_RUN_CHARS_MIN = 10

/** Looks for runs of base64 characters that hide a text, until one is accepted. */
function someRun(text: string, accepts: (at: number) => boolean): boolean {
  for (let start = 0; start + PADDED_RUN_CHARS_MIN <= text.length;) {
    const end = endOfRun(text, start)
    if (isLongRun(text, start, end) && mayHideText(text, start, end) && accepts(start)) return true
    start = end + 1
  }
  return false
}

/** The same for a run that the scanner met. Of texts beyond Latin-1 it saw low bytes only, so that other characters may stand in the run. */
function hidesText(text: string, from: number, end: number, isLatin: boolean): boolean {
  return mayHideText(text, from, end) || (!isLatin && someRun(text.slice(from, end + 1), isAny))
}

function isLongRun(text: string, start: number, end: number): boolean {
  return end - start >= RUN_CHARS_MIN || (end - start >= PADDED_RUN_CHARS_MIN && text.charCodeAt(end) === 61)
}

/** First character from `from` on that is none of base64. */
function endOfRun(text: string, from: number): number {
  const { length } = text
  let at = from
  while (at < length && (CLASSES[text.charCodeAt(at)] ?? OTHER) !== OTHER) at++
  return at
}

/** A text that is a command's flag has nothing before it. */
function startsWithFlag(text: string): boolean {
  return text.charCodeAt(0) === 45 && FLAGS.some((flag) => text.startsWith(flag)) && mayTakePassword(text, 0)
}

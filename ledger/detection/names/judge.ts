import type { EntryContext } from '../finding.ts'
import type { Leaf, Verdict } from '../leaf.ts'
import { kindOfSense } from './kind.ts'
import { isPlaceholder } from './placeholders.ts'
import { fallbackOf } from './references.ts'
import { senseOfName, type Sense } from './sense.ts'
import { shapeOf, VALUE_CHARS_MAX } from './shapes.ts'
import { mayNameSecret } from './stems.ts'
import { OFF_WORDS } from './vocabulary.ts'
import { weighValue } from './weigh.ts'
import { splitName } from './words.ts'

/** Names of one leaf that are read: its own, its aliases, and the keys around it. */
const NAMES_MAX = 12

/**
 * Decides by name, neighbours, consumer and a model of values whether a plain value is a password, a key, a token or a secret.
 * Formats that identify themselves are judged elsewhere; this is for values that only their place gives away.
 */
export function judgeName(leaf: Leaf, context: EntryContext): Verdict | undefined {
  if (leaf.structure !== 'value' || leaf.text.length > VALUE_CHARS_MAX) return undefined
  const registry = leaf.siblings[0]?.startsWith('registry=') === true ? leaf.siblings[0].slice('registry='.length) : undefined
  const sense = bestSense(leaf)
  if (sense === undefined) return undefined
  const cut = cutValue(leaf.text)
  if (cut === undefined) return undefined
  const { value, start } = cut
  if (isPlaceholder(value)) return undefined
  const weight = weighValue(value, shapeOf(value), sense, leaf, context)
  if (weight === undefined) return undefined
  const { kind, provider } = kindOfSense(sense, value, leaf, registry)
  return {
    kind,
    role: 'secret',
    provider,
    confidence: weight.confidence,
    rule: `name-${sense.meaning}`,
    start: start + weight.from,
    end: start + value.length,
    canonical: value.slice(weight.from),
    attributes: attributesOf(leaf, registry),
    reasons: [`The name says ${wordFor(sense)}`, ...weight.reasons],
  }
}

/** The surest sense of the names that the value has. */
function bestSense(leaf: Leaf): Sense | undefined {
  let best = surer(undefined, leaf.name)
  for (let index = 0; index < leaf.aliases.length && index < NAMES_MAX - 1 && best?.belief !== 'sure'; index++) best = surer(best, leaf.aliases[index] ?? '')
  if (best?.belief === 'sure') return best
  return best === undefined ? senseOfParent(leaf) : (keyOfParent(leaf, best) ?? secretOfSession(leaf, best) ?? best)
}

/** The sense of a name where it is surer than what is known, which otherwise stays. */
function surer(best: Sense | undefined, name: string): Sense | undefined {
  const sense = mayNameSecret(name) ? senseOfName(name) : undefined
  return sense !== undefined && (best === undefined || rank(sense) > rank(best)) ? sense : best
}

/** A bare `key` below `jwt`, `signing` or `encryption` is the key of that. */
function keyOfParent(leaf: Leaf, own: Sense): Sense | undefined {
  if (own.meaning !== 'key' || own.words.length > 1 || leaf.field === undefined) return undefined
  const parent = leaf.field.split(/[.[\]]+/).findLast((part) => part !== '' && part !== leaf.name)
  return parent === undefined ? undefined : senseOfName(`${parent}.${leaf.name}`)
}

/** The options of express-session and its like stand beside each other; what they call `secret` signs the cookie of the session. */
function secretOfSession(leaf: Leaf, own: Sense): Sense | undefined {
  if (own.meaning !== 'secret' || own.words.length > 1 || !leaf.siblings.some((sibling) => sibling === 'resave' || sibling === 'saveUninitialized'))
    return undefined
  return { meaning: 'secret', belief: 'sure', words: ['session', ...own.words] }
}

/** `passwords.alice` and `secrets.db` are named by the key above them, unless their own name says something else. */
function senseOfParent(leaf: Leaf): Sense | undefined {
  if (leaf.field === undefined) return undefined
  const [above, own] = endOfPath(leaf.field)
  const parent = isNumber(own) || own === leaf.name || leaf.name === '' ? above : own
  if (parent === '' || !mayNameSecret(parent)) return undefined
  const sense = senseOfName(parent)
  if (sense === undefined || mayNameSecret(leaf.name)) return undefined
  if (
    /(?:^|[_.-])(?:name|user|username|host|port|url|type|id|enabled|path|file|namespace|kind|version|description|email|region|zone|project|bucket|account|role|arn|profile|tenant|domain|server|database|db|env|environment|format|provider|method|mode|scopes?)$/i.test(
      leaf.name,
    )
  )
    return undefined
  if (splitName(leaf.name).some((word) => OFF_WORDS.has(word))) return undefined
  const isPlural = /s$/i.test(parent) && sense.meaning !== 'auth'
  return { ...sense, belief: isPlural && sense.meaning === 'password' ? 'likely' : 'possible' }
}

/** The last two parts of a path such as `a.b[0].c`. */
function endOfPath(field: string): readonly [above: string, own: string] {
  let end = lastOfPart(field, field.length)
  let start = startOfPart(field, end)
  const own = field.slice(start, end)
  end = lastOfPart(field, start)
  start = startOfPart(field, end)
  return [field.slice(start, end), own]
}

function lastOfPart(field: string, from: number): number {
  let end = from
  while (end > 0 && isPathMark(field.charCodeAt(end - 1))) end -= 1
  return end
}

function startOfPart(field: string, end: number): number {
  let start = end
  while (start > 0 && !isPathMark(field.charCodeAt(start - 1))) start -= 1
  return start
}

function isPathMark(code: number): boolean {
  return code === 46 || code === 91 || code === 93
}

function isNumber(text: string): boolean {
  if (text === '') return false
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) < 48 || text.charCodeAt(at) > 57) return false
  return true
}

function rank(sense: Sense): number {
  return sense.belief === 'sure' ? 3 : sense.belief === 'likely' ? 2 : 1
}

/** The value without white space, quotes around it, or the variable whose default it is. */
function cutValue(text: string): { readonly value: string; readonly start: number } | undefined {
  const fallback = fallbackOf(text)
  const from = fallback?.text ?? text
  const trimmed = from.trim()
  if (trimmed.includes('\n')) return undefined
  const unquoted = QUOTED.exec(trimmed)?.[2]
  const value = unquoted ?? trimmed
  const start = (fallback?.at ?? 0) + from.indexOf(trimmed) + (unquoted === undefined ? 0 : 1)
  return value === '' ? undefined : { value, start }
}

const QUOTED = /^(["'`])(.*)\1$/
const USER = /^(?:user|username|login)=/
const HOST = /^(?:host|hostname|server)=/

function attributesOf(leaf: Leaf, registry: string | undefined): Record<string, string> {
  const attributes: Record<string, string> = {}
  if (registry !== undefined) attributes['registry'] = registry
  const user = leaf.siblings.find((sibling) => USER.test(sibling))
  if (user !== undefined) attributes['user'] = user.slice(user.indexOf('=') + 1)
  const host = leaf.siblings.find((sibling) => HOST.test(sibling))
  if (host !== undefined) attributes['host'] = host.slice(host.indexOf('=') + 1)
  return attributes
}

const SENTENCES: Readonly<Record<Sense['meaning'], string>> = {
  password: 'that this is a password',
  passphrase: 'that this is a passphrase',
  pin: 'that this is a code',
  secret: 'that this is a secret',
  token: 'that this is a token',
  key: 'that this is a key',
  credential: 'that this is a credential',
  auth: 'that this is used to sign in',
  seed: 'that this is a seed or salt',
  cookie: 'that this is a cookie',
}

function wordFor(sense: Sense): string {
  return SENTENCES[sense.meaning]
}

import { endOfLine } from './flow.ts'

/** Names of keys that hold another name. */
const NAMING_KEY = /^[ \t]*(?:- )?[ \t]*(?:name|key|secretName):[ \t]*["']?$/
/** The value that a list of named values has for a name, on the line behind it or before it. */
const VALUE_BEHIND = /^["']?[ \t]*\r?\n[ \t]*(?:value|val)["']?:/i
const VALUE_IN_LINE = /(?:value|val)["']?:/i
const PLAIN_KEY = /^[ \t]*[A-Za-z]+:[ \t]*["']?$/
/** Names under which Kubernetes is told where a Secret stands. */
const POINTING = /(?:(?:remote|secret|key)Ref|valueFrom|existingSecret|imagePullSecrets?)$/i
/** Those that most files of charts repeat, as they stand there. */
const SECRET_KEY_REF = 'secretKeyRef:'
const KEY_REF = 'KeyRef:'
const VALUE_FROM = 'valueFrom:'
const PULL_SECRETS = 'imagePullSecrets:'
const PULL_CHARS = 'imagePull'.length
/** The letters that names of the kind end with. */
const POINTING_ENDS = 'fmst'
/** Shortest value that a bare `key` can give away; a generated one has digits. */
const KEY_VALUE_CHARS_MIN = 16
const LINE_CHARS_MAX = 400

/** True for a stem of a name that only tells where a Secret stands: half of all stems in files of charts, told before their names are cut out and looked up. */
export function isPointer(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  if (code === 115) return text.startsWith(SECRET_KEY_REF, at)
  if (code === 75) return text.startsWith(KEY_REF, at)
  if (code === 118) return text.startsWith(VALUE_FROM, at)
  return code === 83 && at >= PULL_CHARS && text.startsWith(PULL_SECRETS, at - PULL_CHARS)
}

/**
 * False when what stands round a name of a secret in a file of a chart cannot be its value: charts name secrets all the time without holding one.
 *
 * @param start where the name begins in the text
 * @param end offset behind the name
 */
export function mayHoldValue(text: string, name: string, start: number, end: number): boolean {
  if (POINTING_ENDS.includes(name.charAt(name.length - 1).toLowerCase()) && POINTING.test(name)) return false
  let next = end
  while (next < text.length && (text.charCodeAt(next) === 34 || text.charCodeAt(next) === 39)) next += 1
  while (text.charCodeAt(next) === 32) next += 1
  const code = text.charCodeAt(next)
  if (code === 58 || code === 61) {
    next += 1
    while (text.charCodeAt(next) === 32 || text.charCodeAt(next) === 34 || text.charCodeAt(next) === 39) next += 1
    if (text.startsWith('{{', next)) return false
    const value = text.slice(next, endOfLine(text, next))
    return name !== 'key' || (value.length >= KEY_VALUE_CHARS_MIN && /\d/.test(value))
  }
  const lineStart = Math.max(text.lastIndexOf('\n', start - 1) + 1, start - LINE_CHARS_MAX)
  const line = text.slice(lineStart, start)
  if (line.lastIndexOf('{{') > line.lastIndexOf('}}')) return false
  if (!NAMING_KEY.test(line)) return true
  return VALUE_BEHIND.test(text.slice(end, end + LINE_CHARS_MAX)) || (PLAIN_KEY.test(line) && standsBehindValue(text, lineStart, start))
}

/** True when the line before the one that begins at `lineStart` names a value; `at` is where the look back began. */
function standsBehindValue(text: string, lineStart: number, at: number): boolean {
  if (lineStart === 0 || text.charCodeAt(lineStart - 1) !== 10) return false
  const before = Math.max(text.lastIndexOf('\n', lineStart - 2) + 1, at - LINE_CHARS_MAX)
  return VALUE_IN_LINE.test(text.slice(before, lineStart - 1))
}

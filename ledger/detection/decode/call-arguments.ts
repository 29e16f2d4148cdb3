import type { Assignment } from './assignment.ts'

/**
 * Calls whose arguments are a user and a password, in whatever language: `server.login("app", "PASSWORD")`, `HTTPBasicAuth("app", "PASSWORD")`,
 * `auth=("app", "PASSWORD")`, `getConnection(url, "app", "PASSWORD")`.
 */
const CALL =
  /(?:\b(?:login|auth|authenticate|sign_?in|logon|(?:set_?)?basic_?auth|http(?:basic|digest)auth|passwordauthentication)|\bauth=|getconnection\([^()\n]{1,300},)[ \t]{0,4}\(?[ \t]{0,8}(["'])([^"'\n]{1,120})\1[ \t]{0,8},[ \t]{0,8}(["'])([^"'\n\\]{4,200})\3/gi
/** What a call of another kind would be told: a word, a sentence, a place. */
const NO_PASSWORD = /^[a-z_]+$|\s|^[/.{$<%]/
const CALLS_MAX = 100
/** Characters of a line in which calls are looked for. */
const LINE_CHARS_MAX = 16_384

/** Letters that every such call has. The gate looks for them, too. */
export const CALL_MARKS: readonly string[] = [
  'login(',
  'auth(',
  'Auth(',
  'auth=(',
  'authenticate(',
  'ignIn(',
  'ign_in(',
  'logon(',
  'getConnection(',
  'PasswordAuthentication(',
]

/** Reads the passwords that the calls of one line are given. */
export function readCallArguments(text: string, start: number, end: number): readonly Assignment[] {
  if (end - start > LINE_CHARS_MAX) return []
  const line = text.slice(start, end)
  if (!CALL_MARKS.some((mark) => line.includes(mark))) return []
  const found: Assignment[] = []
  CALL.lastIndex = 0
  for (let match = CALL.exec(line); match !== null && found.length < CALLS_MAX; match = CALL.exec(line)) {
    const [whole, , , , value = ''] = match
    if (NO_PASSWORD.test(value)) continue
    const stop = start + match.index + whole.length - 1
    found.push({ name: 'password', text: value, at: stop - value.length, end: stop, isVerbatim: true, isQuoted: true, separator: '=' })
  }
  return found
}

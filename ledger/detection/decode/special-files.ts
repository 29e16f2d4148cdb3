import type { Decoding } from './decoding.ts'
import { endOfLine } from './flow.ts'
import { fieldOf, Locator, opaque, type Passage } from './passage.ts'
import { offsetInText, splitWords } from './words.ts'

/** Reads files whose lines have columns instead of names. False when the passage is none of them. */
export function readSpecialFile(passage: Passage, decoding: Decoding): boolean {
  const name = passage.name.toLowerCase()
  if (name.endsWith('pgpass') || name.endsWith('pgpass.conf')) return readPgpass(passage, decoding)
  if (name.endsWith('userlist.txt')) return readUserList(passage, decoding)
  if (name.endsWith('sasl_passwd') || name.endsWith('passwd.client')) return readMailPasswords(passage, decoding)
  // Options of this module are accounts of the broker; the file has other lines, too.
  if (passage.text.includes('PlainLoginModule')) readPlainLogins(passage, decoding)
  if (name.endsWith('netrc') || isNetrc(passage.text)) return readNetrc(passage, decoding)
  return false
}

function isNetrc(text: string): boolean {
  const head = text.slice(0, 4_096)
  return head.includes('login') && /^\s*(?:machine\s+\S+|default)\s+login\s+\S+\s+(?:account\s+\S+\s+)?password\s/m.test(head)
}

/** `host:port:database:user:password` by line; a backslash escapes a colon. PostgreSQL documentation, "The Password File". */
function readPgpass(passage: Passage, decoding: Decoding): boolean {
  const locator = new Locator(passage.text, passage.anchor)
  let isFound = false
  for (let start = 0; start < passage.text.length; start = endOfLine(passage.text, start) + 1) {
    const line = passage.text.slice(start, endOfLine(passage.text, start)).trimEnd()
    const match = /^((?:[^\\:]|\\.)*):((?:[^\\:]|\\.)*):((?:[^\\:]|\\.)*):((?:[^\\:]|\\.)*):(.+)$/.exec(line.slice(0, 2_048))
    if (match === null || line.startsWith('#')) continue
    isFound = true
    const [, host = '', , database = '', user = '', password = ''] = match
    const at = locator.at(start + match[0].length - password.length)
    decoding.value({
      ...passage,
      text: password.replaceAll(/\\([:\\])/g, '$1'),
      name: 'password',
      field: fieldOf(passage.field, `${host}/${database}`),
      anchor: password.includes('\\') ? opaque(at) : at,
      siblings: [`host=${host}`, `database=${database}`, `user=${user}`],
      aliases: [],
    })
  }
  return isFound
}

/** `machine HOST login USER password PASSWORD`, in words that may stand on any number of lines. GNU inetutils manual, "The .netrc file". */
function readNetrc(passage: Passage, decoding: Decoding): boolean {
  const locator = new Locator(passage.text, passage.anchor)
  const words = splitWords(passage.text).filter((word) => !word.isOperator)
  let machine = ''
  let user = ''
  let isFound = false
  words.forEach((word, index) => {
    const next = words[index + 1]
    if (next === undefined) return
    if (word.text === 'machine') machine = next.text
    else if (word.text === 'login') user = next.text
    else if (word.text === 'password') {
      isFound = true
      const siblings = [`host=${machine}`, `user=${user}`]
      decoding.value({
        ...passage,
        text: next.text,
        name: 'password',
        field: fieldOf(passage.field, machine),
        anchor: locator.at(offsetInText(next, 0)),
        siblings,
        aliases: [],
      })
    }
  })
  return isFound
}

/** `[host]:port user:password` by line. Postfix documentation, "SASL password table". */
function readMailPasswords(passage: Passage, decoding: Decoding): boolean {
  const locator = new Locator(passage.text, passage.anchor)
  let isFound = false
  for (const match of passage.text.matchAll(/^(?!#)([^\s#]{1,300})[ \t]+([^\s:]{1,300}):(\S{1,400})[ \t]*$/gm)) {
    const [whole, host = '', user = '', password = ''] = match
    isFound = true
    const anchor = locator.at(match.index + whole.trimEnd().length - password.length)
    const siblings = [`host=${host}`, `user=${user}`]
    decoding.value({ ...passage, text: password, name: 'password', field: fieldOf(passage.field, host), anchor, siblings, aliases: [] })
  }
  return isFound
}

/** `user_NAME="password"` among the options of Kafka's PlainLoginModule. Apache Kafka documentation, "Authentication using SASL/PLAIN". */
function readPlainLogins(passage: Passage, decoding: Decoding): void {
  const locator = new Locator(passage.text, passage.anchor)
  for (const match of passage.text.matchAll(/\buser_([\w.-]{1,120})[ \t]*=[ \t]*(["'])([^"'\n]{1,400})\2/g)) {
    const [whole, user = '', , password = ''] = match
    const anchor = locator.at(match.index + whole.length - 1 - password.length)
    const field = fieldOf(passage.field, `user_${user}`)
    decoding.value({ ...passage, text: password, name: 'password', field, anchor, siblings: [`user=${user}`], aliases: [] })
  }
}

/** `"user" "password"` by line; hashes are written in the same place and judged as such. PgBouncer documentation, "Authentication file format". */
function readUserList(passage: Passage, decoding: Decoding): boolean {
  const locator = new Locator(passage.text, passage.anchor)
  let isFound = false
  for (const match of passage.text.matchAll(/^"([^"\n]{0,200})"[ \t]+"([^"\n]{1,500})"/gm)) {
    const [whole, user = '', password = ''] = match
    isFound = true
    const anchor = locator.at(match.index + whole.length - 1 - password.length)
    decoding.value({ ...passage, text: password, name: 'password', field: fieldOf(passage.field, user), anchor, siblings: [`user=${user}`], aliases: [] })
  }
  return isFound
}

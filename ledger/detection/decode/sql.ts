import type { Decoding } from './decoding.ts'
import type { Locator, Passage } from './passage.ts'

/**
 * `IDENTIFIED BY '…'` (MySQL, Oracle, MariaDB), `PASSWORD '…'` (PostgreSQL, CREATE and ALTER ROLE), `PASSWORD = '…'` (SQL Server, CREATE LOGIN), `SET PASSWORD FOR 'user'@'host' = '…'` (MySQL),
 * `IDENTIFIED WITH plugin BY '…'`, `PASSWORD('…')`.
 */
const STATEMENT =
  /\b(?:create|alter|grant|set|change|execute|perform|drop|insert|update|with|if|do|server|foreign)\b[^\n]{0,400}?\b(identified[ \t]+(?:with[ \t]+["'`]?\w{1,60}["'`]?[ \t]+)?by(?:[ \t]+password)?|(?<!["'`.\w])password)[ \t]*(?:for[ \t]+[\w'"`@%.-]{1,120}[ \t]*)?(?:=|\(|to)?[ \t]*(?:N|E)?(['"])/gi

/** Reads the passwords of the SQL statements of one line; false when the line holds none. */
export function readSqlLine(passage: Passage, start: number, end: number, locator: Locator, decoding: Decoding): boolean {
  const line = passage.text.slice(start, end)
  let isFound = false
  STATEMENT.lastIndex = 0
  for (let match = STATEMENT.exec(line); match !== null; match = STATEMENT.exec(line)) {
    const quote = match[2] ?? "'"
    const from = match.index + match[0].length
    const close = line.indexOf(quote, from)
    if (close <= from) continue
    isFound = true
    const text = line.slice(from, close)
    decoding.value({ ...passage, text, name: 'password', anchor: locator.at(start + from), siblings: ['sql'], aliases: [], depth: passage.depth + 1 })
    STATEMENT.lastIndex = close
  }
  return isFound
}

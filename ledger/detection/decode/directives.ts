import type { Decoding } from './decoding.ts'
import type { Locator, Passage } from './passage.ts'

/** A line of a configuration file in which the password has a place and not a name. The first group is what stands before it. */
interface Directive {
  /** Letters that every such line has. */
  readonly mark: string
  readonly line: RegExp
  readonly sibling: string
}

/** Each from the manual of its program. The marks stand among the readers of the gate, too. */
const DIRECTIVES: readonly Directive[] = [
  // HAProxy: a user of a userlist, and of the page of statistics.
  { mark: 'insecure-password', line: /^([ \t]*user[ \t]+\S{1,200}[ \t]+insecure-password[ \t]+)(\S{1,400})/, sibling: 'haproxy' },
  { mark: 'stats auth', line: /^([ \t]*stats[ \t]+auth[ \t]+[^\s:]{1,200}:)(\S{1,400})/, sibling: 'haproxy' },
  // Redis and Valkey: a user of an ACL file.
  { mark: ' on >', line: /^([ \t]*user[ \t]+\S{1,200}[ \t](?:[^\n]{0,400}[ \t])?on[ \t]+>)(\S{1,400})/, sibling: 'redis' },
  // Squid: the login at another cache.
  { mark: 'cache_peer', line: /^([ \t]*cache_peer[ \t][^\n]{0,400}[ \t]login=[^\s:]{1,200}:)(\S{1,400})/, sibling: 'squid' },
  // Net-SNMP: communities of versions 1 and 2c, and the pass phrases of users of version 3.
  { mark: 'community', line: /^([ \t]*(?:r[ow]community6?|trapcommunity)[ \t]+)(\S{1,400})/, sibling: 'snmp' },
  { mark: 'createUser', line: /^([ \t]*createUser[ \t][^\n]{0,200}?[ \t](?:MD5|SHA(?:-\d{3})?)[ \t]+"?)([^\s"]{8,400})/, sibling: 'snmp' },
  { mark: 'createUser', line: /^([ \t]*createUser[ \t][^\n]{0,400}?[ \t](?:DES|AES(?:-\d{3})?)[ \t]+"?)([^\s"]{8,400})/, sibling: 'snmp' },
  // Cisco IOS and its like; types 5 to 9 are hashes, type 0 and none are the password itself.
  { mark: 'enable ', line: /^([ \t]*enable[ \t]+(?:secret|password)[ \t]+(?:level[ \t]+\d+[ \t]+)?(?:0[ \t]+)?)(\S{4,400})[ \t]*$/, sibling: 'ios' },
  {
    mark: 'username ',
    line: /^([ \t]*username[ \t]+\S{1,200}[ \t]+(?:privilege[ \t]+\d+[ \t]+)?(?:secret|password)[ \t]+(?:0[ \t]+)?)(\S{4,400})[ \t]*$/,
    sibling: 'ios',
  },
  { mark: 'snmp-server community', line: /^([ \t]*snmp-server[ \t]+community[ \t]+)(\S{1,400})/, sibling: 'snmp' },
]

/** Marks of {@link readDirective} that the gate looks for; lines with the others name a secret or a password, which it finds by itself. */
export const DIRECTIVE_MARKS: readonly string[] = [...new Set(DIRECTIVES.map(({ mark }) => mark))].filter((mark) => !mark.endsWith(' '))

/** Reads a line whose program knows the password by its place; false when it is none. */
export function readDirective(passage: Passage, start: number, end: number, locator: Locator, decoding: Decoding): boolean {
  const line = passage.text.slice(start, end)
  let isFound = false
  for (const directive of DIRECTIVES) {
    if (!line.includes(directive.mark)) continue
    const [whole, before = '', text = ''] = directive.line.exec(line) ?? []
    if (whole === undefined) continue
    isFound = true
    const anchor = locator.at(start + before.length)
    decoding.value({ ...passage, text, name: 'password', anchor, siblings: [directive.sibling], aliases: [], depth: passage.depth + 1 })
  }
  return isFound
}

/** A password that a program takes behind a short flag: in the same word from `from` on, or in the next word. */
export interface PasswordFlag {
  readonly inNext: boolean
  readonly from: number
  readonly name: string
}

interface Program {
  readonly programs: RegExp
  readonly flag: string
  /** `attached`: only in the same word, as in `-pSECRET`; `next`: in the next word; `either`. */
  readonly place: 'attached' | 'next' | 'either'
  /** What stands before the password in the value: `user:` of curl, `pass:` of openssl. */
  readonly before?: RegExp
}

/** Short password flags by program, each from the program's own manual page. */
const PROGRAMS: readonly Program[] = [
  { programs: /^(?:mysql|mariadb|mysqladmin|mysqldump|mysqlcheck|mysqlimport|mysqlshow|mariadb-admin|mariadb-dump|mysqlsh)$/, flag: '-p', place: 'attached' },
  { programs: /^(?:redis-cli|valkey-cli|keydb-cli)$/, flag: '-a', place: 'next' },
  { programs: /^(?:curl|http|https|wget)$/, flag: '-u', place: 'either', before: /^[^:\s]{0,200}:/ },
  { programs: /^(?:https?|xhs?)$/, flag: '-a', place: 'either', before: /^[^:\s]{0,200}:/ },
  { programs: /^curl$/, flag: '--user', place: 'next', before: /^[^:\s]{0,200}:/ },
  { programs: /^curl$/, flag: '-U', place: 'either', before: /^[^:\s]{0,200}:/ },
  { programs: /^sshpass$/, flag: '-p', place: 'either' },
  { programs: /^(?:ldapsearch|ldapadd|ldapmodify|ldapdelete|ldapwhoami|ldappasswd|ldapcompare)$/, flag: '-w', place: 'either' },
  { programs: /^(?:mongo|mongosh|mongodump|mongorestore|mongoexport|mongoimport|mongostat|mongotop)$/, flag: '-p', place: 'either' },
  { programs: /^(?:sqlcmd|bcp|isql|osql)$/, flag: '-P', place: 'either' },
  { programs: /^(?:docker|podman|nerdctl|buildah|skopeo|crane|helm|oc|az|argocd|cf|ibmcloud)$/, flag: '-p', place: 'next' },
  { programs: /^(?:cqlsh|clickhouse-client|influx|kinit|snmpwalk|smbmap|ncftpget|lftp|mosquitto_pub|mosquitto_sub)$/, flag: '-P', place: 'next' },
  { programs: /^(?:cqlsh|nodetool)$/, flag: '-p', place: 'either' },
  { programs: /^nodetool$/, flag: '-pw', place: 'next' },
  { programs: /^(?:zip|unzip|7z|7za)$/, flag: '-P', place: 'either' },
  { programs: /^(?:rabbitmqadmin|psexec|net|nats|stan)$/, flag: '-p', place: 'either' },
  { programs: /^openssl$/, flag: '-passin', place: 'next', before: /^pass:/ },
  { programs: /^openssl$/, flag: '-passout', place: 'next', before: /^pass:/ },
  { programs: /^openssl$/, flag: '-pass', place: 'next', before: /^pass:/ },
  { programs: /^openssl$/, flag: '-k', place: 'next' },
  { programs: /^smbclient$/, flag: '-U', place: 'next', before: /^[^%\s]{0,200}%/ },
]

/** Finds the password behind the flag `word` of a program, or undefined when the flag means something else there. */
export function passwordFlagOf(program: string, word: string, next: string | undefined, words: readonly string[]): PasswordFlag | undefined {
  if (!word.startsWith('-')) return undefined
  for (const rule of PROGRAMS) {
    if (!word.startsWith(rule.flag) || !rule.programs.test(program)) continue
    const isAlone = word === rule.flag
    if (isAlone ? rule.place === 'attached' || next === undefined : rule.place === 'next' || rule.flag.startsWith('--')) continue
    const value = isAlone ? (next ?? '') : word.slice(rule.flag.length)
    const before = rule.before === undefined ? '' : rule.before.exec(value)?.[0]
    if (before === undefined || value.length === before.length) continue
    return { inNext: isAlone, from: (isAlone ? 0 : rule.flag.length) + before.length, name: 'password' }
  }
  return passwordBesideUser(word, next, words)
}

/** Characters before and behind a short flag in which its program stands. */
export const COMMAND_CHARS = 600
const TAKES_PASSWORD =
  /mysql|maria|redis-cli|valkey-cli|keydb-cli|curl|https?\b|wget|sshpass|ldap|mongo|sqlcmd|bcp|[io]sql|docker|podman|nerdctl|buildah|skopeo|crane|helm|\boc\b|\baz\b|argocd|\bcf\b|ibmcloud|cqlsh|clickhouse|influx|kinit|snmpwalk|smb|ftp|mosquitto|nodetool|zip|7z|rabbitmqadmin|psexec|\bnet\b|nats|stan|openssl|\s-[uU]\b|--user|--login/

/** True when a program that takes a password behind a short flag, or a flag that names a user, stands near the flag at an offset of a text. */
export function mayTakePassword(text: string, at: number): boolean {
  return TAKES_PASSWORD.test(text.slice(Math.max(0, at - COMMAND_CHARS), at + COMMAND_CHARS))
}

/** For unknown programs `-p X` is a password when the same command names a user and X is neither a port nor a path. */
function passwordBesideUser(word: string, next: string | undefined, words: readonly string[]): PasswordFlag | undefined {
  if (word !== '-p' && word !== '-P' && word !== '-pw') return undefined
  if (next === undefined || next.startsWith('-') || /^[\d:./,-]*$|^\//.test(next)) return undefined
  if (!words.slice(0, 64).some((each) => /^(?:-u|-U|--user|--username|--login)(?:=|$)/.test(each))) return undefined
  return { inNext: true, from: 0, name: 'password' }
}

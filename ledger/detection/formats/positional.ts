import type { FormatRule } from '../rule.ts'

/** Calls that take a password by its place: the third argument, behind address and user. */
export const positional: readonly FormatRule[] = [
  {
    id: 'positional-password',
    kind: 'password',
    provider: 'generic',
    confidence: 'medium',
    anchors: ['getConnection(', 'mysqli(', 'mysqli_connect(', 'mysql_connect(', 'mysql_pconnect(', 'PDO(', 'MySQLdb.connect(', 'pymysql.connect('],
    pattern:
      /(?:getConnection|mysqli(?:_connect)?|mysql_p?connect|PDO|(?:MySQLdb|pymysql)\.connect)\(\s{0,20}(?:"[^"\n]{1,400}"|'[^'\n]{1,400}'|[\w.$]{1,80})\s{0,8},\s{0,20}(?:"[^"\n]{0,80}"|'[^'\n]{0,80}'|[\w.$]{1,80})\s{0,8},\s{0,20}(?:"([^"\n$]{1,128})"|'([^'\n]{1,128})')/y,
    edges: 'open',
    read({ match, end }) {
      const password = match[1] ?? match[2] ?? ''
      if (/^(?:pass(?:word|wd)?|pwd|[A-Z]+(?:_[A-Z]+)*_PASS(?:WORD)?)$/.test(password)) return undefined
      return {
        start: end - 1 - password.length,
        end: end - 1,
        canonical: password,
        reasons: ['A call that connects to a database has its password for its third argument'],
      }
    },
    source: {
      page: 'https://docs.oracle.com/en/java/javase/21/docs/api/java.sql/java/sql/DriverManager.html, https://www.php.net/manual/mysqli.construct.php',
      licence: 'facts',
    },
  },
]

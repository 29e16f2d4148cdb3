import { expect, test } from 'vitest'
import type { Leaf, Verdict } from '../leaf.ts'
import { createFormatMatcher } from '../match.ts'
import { isPlaceholder } from '../names/index.ts'
import { positional } from './positional.ts'

const matcher = createFormatMatcher(positional, isPlaceholder)

function passwordsOf(text: string): string[] {
  const place = { entry: 0, origin: 'configmap' as const, field: undefined, line: 1, column: 1, encoding: [], siblings: [], aliases: [] }
  const leaf: Leaf = { ...place, name: '', text, structure: 'text', historic: undefined }
  const verdicts: Verdict[] = []
  matcher.match(leaf, '', verdicts)
  return verdicts.map((verdict) => text.slice(verdict.start, verdict.end))
}

test.each([
  'Connection c = DriverManager.getConnection("jdbc:mysql://db:3306/shop", "root", "tiger99");',
  'c = DriverManager.getConnection(url,"root","tiger99")',
  "$db = new mysqli('localhost', 'root', 'tiger99', 'shop');",
  '$link = mysqli_connect($host, $user, "tiger99");',
  '$pdo = new PDO("mysql:host=db;dbname=shop", "root", "tiger99");',
  "db = MySQLdb.connect('localhost', 'root', 'tiger99', 'shop')",
])('%s has its password in the third place', (text) => {
  expect(passwordsOf(text)).toStrictEqual(['tiger99'])
})

test.each([
  'DriverManager.getConnection(url, user, password);',
  'DriverManager.getConnection("jdbc:h2:mem:test", "sa", "");',
  "new mysqli('localhost', 'user', 'password', 'shop')",
  'new PDO($dsn, "root", "$password")',
  'DriverManager.getConnection("jdbc:mysql://db/shop", "root", "your_password")',
])('%s has none', (text) => {
  expect(passwordsOf(text)).toStrictEqual([])
})

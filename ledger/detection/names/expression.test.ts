import { describe, expect, test } from 'vitest'
import { isExpression } from './expression.ts'

describe('expressions of source code', () => {
  test.each([
    'getPassword()',
    'config["db.password"],',
    "settings['db']['password']",
    'sys.argv[2],',
    'None,',
    'credentials.password,',
    'localStorage.getItem("token");',
    'table.read(key)["value"]["secret"]',
    'await vault.read(path)',
    'process.env.SECRET!',
    'process.env.SECRET || ""',
    'user.token ?? fallback',
    '$row["password"]',
    '$this->password',
    '$request->input("password");',
    'Secret::fromEnv("DB")',
    'clientSecret);',
    '&password.clone()',
    'Option<String>,',
    'Optional[str]',
    'varchar(255) NOT NULL',
    'string;',
    'required|min:8|confirmed',
    '&v1.Secret{',
    'jwt.Token{ claims: nil }',
    'pointer["Key"',
    "'ask' | 'never'",
    'password if password else None',
  ])('%s is one', (text) => {
    expect(isExpression(text)).toBe(true)
  })

  test.each([
    's3cr3tpw1',
    'dragon',
    'p@ss,w0rd',
    'a(b',
    'x)y(z',
    'Winter2024!',
    'tiger!',
    'n0t;that',
    '$ecret9',
    'one two three',
    'abc123,',
    'two+two',
    'a.b.c',
    'correct-horse',
    '',
  ])('%s is none', (text) => {
    expect(isExpression(text)).toBe(false)
  })
})

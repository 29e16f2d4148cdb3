import { describe, expect, test } from 'vitest'
import { isSourceCode, literalOf } from './source-code.ts'

describe('source code', () => {
  test.each([
    ['app.py', 'password = x'],
    ['Main.java', ''],
    ['data', 'import os\npassword = os.environ["X"]\n'],
    ['data', '  private static String password = secret;\n'],
    ['data', '$password = $config;\n'],
    ['snippet', 'const password = input.value\n'],
    ['snippet', 'self.password = password\n'],
    ['snippet', 'func connect(password string) {\n'],
  ])('%s: %j is a program', (name, text) => {
    expect(isSourceCode(name, text)).toBe(true)
  })

  test.each([
    ['app.env', 'PASSWORD=secret\n'],
    ['start', '#!/bin/sh\nexport PASSWORD=tiger\nrun() {\n  return 1\n}\n'],
    ['redis', 'requirepass tiger\nport 6379\n'],
    ['notes.md', 'import the file\n\nconst x = 1\n'],
    ['config', '[client]\nuser = root\npassword = tiger\n'],
  ])('%s: %j is none', (name, text) => {
    expect(isSourceCode(name, text)).toBe(false)
  })
})

describe('texts inside of expressions', () => {
  test.each([
    ["bcrypt('tiger99')", 'tiger99'],
    ["Hash::make('tiger99')", 'tiger99'],
    ['generate_password_hash("tiger99"),', 'tiger99'],
    ['process.env.DB_PASSWORD || "tiger99";', 'tiger99'],
    ["config.password ?? 'tiger99',", 'tiger99'],
    ["os.environ.get('PASSWORD') or 'tiger99'", 'tiger99'],
    ['os.getenv("DB_PASSWORD", "tiger99")', 'tiger99'],
    ["env('DB_PASSWORD', 'tiger99'),", 'tiger99'],
    ["config('PASSWORD', default='tiger99')", 'tiger99'],
    ['System.getProperty("password", "tiger99");', 'tiger99'],
    ['b"tiger99"', 'tiger99'],
    ['Buffer.from("tiger99", "utf8")', 'tiger99'],
    ['opt.unwrap_or("tiger99")', 'tiger99'],
  ])('%s holds %s', (expression, text) => {
    const literal = literalOf(expression)
    expect(literal?.text).toBe(text)
    expect(expression.slice(literal?.at, (literal?.at ?? 0) + text.length)).toBe(text)
  })

  test.each([
    'config.get("db.password")',
    'os.environ["DB_PASSWORD"]',
    "request.form['password']",
    'getenv("PASSWORD")',
    'env("X", "")',
    'x || ""',
    'tiger99',
    'translate("password")',
  ])('%s holds none', (expression) => {
    expect(literalOf(expression)).toBeUndefined()
  })
})

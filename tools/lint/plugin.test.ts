import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')

/** The rules as oxlint really runs them, on files of a small house of its own. */
describe('the plugin under oxlint', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mintmark-lint-'))
    const rules = { 'mintmark/layers': 'error', 'mintmark/suppression-reason': 'error', 'mintmark/documented-exports': 'error' }
    const config = {
      categories: { correctness: 'off' },
      jsPlugins: [join(import.meta.dirname, 'plugin.ts')],
      rules: { ...rules, 'typescript/no-explicit-any': 'error', 'max-lines': ['error', { max: 400 }] },
    }
    writeFileSync(join(folder, '.oxlintrc.json'), JSON.stringify(config))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  function lint(file: string, text: string): string {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
    const oxlint = spawnSync(process.execPath, [join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint'), '--format=unix', file], {
      cwd: folder,
      encoding: 'utf8',
    })
    return oxlint.stdout + oxlint.stderr
  }

  test.each([
    ['an import against the table', 'ledger/risk/a.ts', "import '@mintmark/storage'\n", 'may not import'],
    ['a forbidden re-export', 'ledger/risk/b.ts', "export * from '@mintmark/cli'\n", 'may not import'],
    ['a forbidden dynamic import', 'ledger/risk/c.ts', "await import('@mintmark/cli')\n", 'may not import'],
    ['a suppression without a reason', 'ledger/risk/d.ts', '// oxlint-disable-next-line no-debugger\ndebugger\n', 'says why'],
    ['a silenced type error without a reason', 'ledger/risk/e.ts', '// @ts-expect-error\nconst a: string = 1\n', 'says why'],
    ['an export without a docstring', 'ledger/risk/f.ts', 'export function a(): void {}\n', 'has no docstring'],
    ['any', 'ledger/risk/g.ts', 'const a: any = 1\n', 'any'],
    ['a file of more than 400 lines', 'ledger/risk/h.ts', 'void 0\n'.repeat(401), '401'],
  ])('%s is reported', (_what, file, text, expected) => {
    expect(lint(file, text)).toContain(expected)
  })

  test.each([
    ['an import that the table allows', 'ledger/risk/m.ts', "import '@mintmark/ledger/model'\n"],
    ['a suppression with its reason', 'ledger/risk/n.ts', '// oxlint-disable-next-line no-debugger -- the fixture needs one here\nvoid 0\n'],
    ['a described export and the type inferred from it', 'ledger/risk/o.ts', '/** A. */\nexport const A = 1\nexport type A = typeof A\n'],
    ['an export of a test', 'ledger/risk/p.test.ts', 'export const a = 1\n'],
  ])('%s is fine', (_what, file, text) => {
    expect(lint(file, text)).not.toContain('mintmark')
  })
})

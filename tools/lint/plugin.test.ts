import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AREAS } from './areas.ts'
import { explainForbiddenImport } from './imports.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/** The rules as oxlint really runs them, on files of a small house of its own. */
describe('the plugin under oxlint', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mintmark-lint-'))
    const rules = { 'mintmark/layers': 'error', 'mintmark/pure-rooms': 'error', 'mintmark/suppression-reason': 'error', 'mintmark/documented-exports': 'error' }
    const config = {
      categories: { correctness: 'off' },
      jsPlugins: [join(import.meta.dirname, 'plugin.ts')],
      rules: { ...rules, 'typescript/no-explicit-any': 'error', 'max-lines': ['error', { max: 400 }] },
    }
    writeFileSync(join(folder, '.oxlintrc.json'), JSON.stringify(config))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  function write(file: string, text: string): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }

  function runOxlint(files: readonly string[]): string {
    const oxlint = spawnSync(process.execPath, [join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint'), '--format=unix', ...files], {
      cwd: folder,
      encoding: 'utf8',
    })
    return oxlint.stdout + oxlint.stderr
  }

  function lint(file: string, text: string): string {
    write(file, text)
    return runOxlint([file])
  }

  test('every pair of areas that the table forbids is reported, by package name and by path, and no other', () => {
    const pairs = AREAS.flatMap((area, from) => AREAS.map((other, to) => ({ area, other, file: `${area.folder}/pair-${from}-${to}.ts` }))).filter(
      ({ area, other }) => area !== other,
    )
    for (const { other, file } of pairs) write(file, `import '${other.packageName}'\n`)
    for (const { area, other, file } of pairs) {
      const up = '../'.repeat(area.folder.split('/').length)
      write(file.replace('pair', 'path'), `import '${up}${other.folder}/inner.ts'\n`)
    }
    const reported = runOxlint(['.'])
    for (const { area, other, file } of pairs) {
      const isForbidden = explainForbiddenImport(file, other.packageName) !== undefined
      expect(reported.includes(`${file}:1:8: ${area.folder} may not import ${other.packageName}`), file).toBe(isForbidden)
      expect(reported.includes(`${file.replace('pair', 'path')}:1:8:`), file).toBe(true)
    }
  })

  test.each([
    ['an import against the table', 'ledger/risk/a.ts', "import '@mintmark/storage'\n", 'may not import'],
    ['a forbidden re-export', 'ledger/risk/b.ts', "export * from '@mintmark/cli'\n", 'may not import'],
    ['a forbidden dynamic import', 'ledger/risk/c.ts', "await import('@mintmark/cli')\n", 'may not import'],
    ['a suppression without a reason', 'ledger/risk/d.ts', '// oxlint-disable-next-line no-debugger\ndebugger\n', 'says why'],
    ['a silenced type error without a reason', 'ledger/risk/e.ts', '// @ts-expect-error\nconst a: string = 1\n', 'says why'],
    ['an export without a docstring', 'ledger/risk/f.ts', 'export function a(): void {}\n', 'has no docstring'],
    ['the wall clock in a pure room', 'ledger/risk/q.ts', 'void Date.now()\n', 'take the time as a parameter'],
    ['today in a pure room', 'ledger/linking/q.ts', 'void new Date()\n', 'take the time as a parameter'],
    ['chance in a pure room', 'ledger/detection/q.ts', 'void Math.random()\n', 'take what is random as a parameter'],
    ['a request from a pure room', 'ledger/model/q.ts', "void fetch('x')\n", 'only connectors'],
    ['files in a pure room', 'ledger/detection/r.ts', "import 'node:fs'\n", 'is pure'],
    ['a connection outside of connectors', 'control-plane/q.ts', "import 'node:tls'\n", 'only connectors and processes'],
    ['a product file that leans on test material', 'ledger/risk/s.ts', "import './testing/facts.ts'\n", 'is for tests'],
    ['any', 'ledger/risk/g.ts', 'const a: any = 1\n', 'any'],
    ['a file of more than 400 lines', 'ledger/risk/h.ts', 'void 0\n'.repeat(401), '401'],
  ])('%s is reported', (_what, file, text, expected) => {
    expect(lint(file, text)).toContain(expected)
  })

  test.each([
    ['an import that the table allows', 'ledger/risk/m.ts', "import '@mintmark/ledger/model'\n"],
    ['a suppression with its reason', 'ledger/risk/n.ts', '// oxlint-disable-next-line no-debugger -- the fixture needs one here\nvoid 0\n'],
    ['a described export and the type inferred from it', 'ledger/risk/o.ts', '/** A. */\nexport const A = 1\nexport type A = typeof A\n'],
    ['the wall clock of a process', 'processes/q.ts', 'void Date.now()\n'],
    ['a given time in a pure room', 'ledger/risk/t.ts', 'void new Date(0)\n'],
    ['the wall clock of a test', 'ledger/risk/u.test.ts', 'void Date.now()\n'],
    ['an export of a test', 'ledger/risk/p.test.ts', 'export const a = 1\n'],
  ])('%s is fine', (_what, file, text) => {
    expect(lint(file, text)).not.toContain('mintmark')
  })
})

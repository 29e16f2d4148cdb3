import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { AREAS } from './areas.ts'
import { explainForbiddenImport } from './imports.ts'

describe('layers', () => {
  test.each(AREAS.flatMap((area) => AREAS.filter((other) => other !== area).map((other) => [area, other] as const)))(
    '$0.folder -> $1.folder is what the table says',
    (area, other) => {
      const allowed = area.mayImport.some((pattern) =>
        pattern.endsWith('/*') ? other.packageName.startsWith(pattern.slice(0, -1)) : other.packageName === pattern,
      )
      expect(explainForbiddenImport(`${area.folder}/some/file.ts`, other.packageName) === undefined).toBe(allowed)
    },
  )

  test.each([
    ['ledger/linking/pairs.ts', '@mintmark/storage'],
    ['contract/scan/values.ts', '@mintmark/ledger/model'],
    ['cli/scan/run.ts', '@mintmark/storage'],
    ['storage/queries/lists.ts', '@mintmark/ledger/risk'],
    ['ledger/risk/age.ts', '../linking/pairs.ts'],
    ['control-plane/api/secrets.ts', '@mintmark/processes'],
    ['control-plane/api/secrets.ts', '@mintmark/tools/peers'],
    ['control-plane/api/secrets.ts', 'kysely'],
    ['cli/main.ts', 'pg'],
    ['cli/main.ts', '../../outside.ts'],
    ['cli/main.ts', '@mintmark/cli'],
  ])('%s may not import %s', (file, specifier) => {
    expect(explainForbiddenImport(file, specifier)).toBeDefined()
  })

  test.each([
    ['ledger/linking/pairs.ts', './stem.ts'],
    ['ledger/connectors/kubernetes/collect.ts', '@mintmark/ledger/detection'],
    ['ledger/connectors/kubernetes/collect.test.ts', '@mintmark/tools/peers'],
    ['storage/queries/lists.ts', 'kysely'],
    ['cli/main.ts', 'node:fs'],
    ['vitest.config.ts', '@mintmark/tools/peers'],
  ])('%s may import %s', (file, specifier) => {
    expect(explainForbiddenImport(file, specifier)).toBeUndefined()
  })

  test('every area of the table is a row of the architecture page', () => {
    const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'architecture.md'), 'utf8')
    const rooms = AREAS.map((area) => (area.folder.startsWith('ledger/connectors/') ? 'ledger/connectors/*' : area.folder.replace(/^contract\/.*/, 'contract')))
    expect(rooms.filter((room) => !page.includes(room))).toEqual([])
  })
})

import fc from 'fast-check'
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runnerOf } from '../queries/run.ts'
import type { Tables } from '../schema/tables.ts'
import { startTestCluster, type TestCluster } from '../testing.ts'
import type { LoadTarget } from './load.ts'
import { loaderOf } from './load.ts'
import type { RowFields } from './row-fields.ts'
import { openSideConnections } from './side-connections.ts'
import { unload } from './unload.ts'

const TARGET: LoadTarget = {
  table: 'unloaded',
  columns: [
    ['id', 'uuid'],
    ['small', 'int2'],
    ['words', 'text'],
  ],
}
const row = fc.record({
  id: fc.option(fc.uuid().map((uuid) => uuid.replaceAll('-', ''))),
  small: fc.option(fc.integer({ min: -32_768, max: 32_767 })),
  words: fc.option(fc.string({ unit: 'grapheme', maxLength: 300 }).map((text) => text.replaceAll('\u0000', ''))),
})
const readRow = (fields: RowFields) => ({ id: fields.uuid(), small: fields.int2(), words: fields.text(), flag: fields.flag() })
const QUERY = `select id, small, words, small > 0 as flag from unloaded order by position`

describe('unloading', () => {
  let cluster: TestCluster
  let side: Kysely<Tables>
  beforeAll(async () => {
    cluster = await startTestCluster()
    side = openSideConnections(await cluster.createDatabase())
    await runnerOf(side)('create table unloaded (id uuid, small int2, words text, position int generated always as identity)')
  })
  afterAll(async () => {
    await side.destroy()
    await cluster.stop()
  })

  const readAll = (query: string) =>
    side.transaction().execute(async (trx) => {
      const rows = []
      for await (const page of unload(trx, query, readRow)) rows.push(...page)
      return rows
    })

  test('every value arrives as it lies in the table', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 40 }), async (rows) => {
        await runnerOf(side)('truncate unloaded')
        await loaderOf(side)(
          TARGET,
          rows.map(({ id, small, words }) => [id, small, words]),
        )
        expect(await readAll(QUERY)).toEqual(rows.map((each) => ({ ...each, flag: each.small === null ? null : each.small > 0 })))
      }),
      { numRuns: 50 },
    )
  })

  test('more rows than may wait arrive in order, and a row larger than any buffer whole', async () => {
    const many = await readAll(`select null::uuid, 1::int2, n::text || repeat('ä€😀', 50), true from generate_series(1, 20000) n`)
    expect(many.map((each) => Number.parseInt(each.words ?? '', 10))).toEqual(Array.from({ length: 20_000 }, (_, index) => index + 1))
    const [large] = await readAll(`select null::uuid, 1::int2, repeat('ä€😀', 500000), true`)
    expect(large?.words).toBe('ä€😀'.repeat(500_000))
  })

  test('whoever stops early, or asks what cannot be answered, leaves a connection that goes on', async () => {
    await side.transaction().execute(async (trx) => {
      for await (const page of unload(trx, `select null::uuid, 1::int2, repeat('x', 1000), true from generate_series(1, 20000)`, readRow)) {
        expect(page.length).toBeGreaterThan(0)
        break
      }
    })
    await expect(readAll('select nothing')).rejects.toMatchObject({ code: '42703' })
    await expect(readAll(`select null::uuid, (1 / (10000 - n))::int2, '', true from generate_series(1, 20000) n`)).rejects.toMatchObject({ code: '22012' })
    expect(await readAll(`select null::uuid, 1::int2, '', true`)).toHaveLength(1)
  })
})

import fc from 'fast-check'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientSettings } from '../address.ts'
import { runnerOf } from '../queries/run.ts'
import type { Tables } from '../schema/tables.ts'
import { startTestCluster, type TestCluster } from '../testing.ts'
import { CopyCursor } from './copy-cursor.ts'
import { loaderOf, type LoadTarget } from './load.ts'

const TARGET: LoadTarget = {
  table: 'loaded',
  columns: [
    ['id', 'uuid'],
    ['small', 'int2'],
    ['number', 'int4'],
    ['big', 'int8'],
    ['words', 'text'],
    ['list', 'int4[]'],
  ],
}
const row = fc.record({
  id: fc.option(fc.uuid()),
  small: fc.integer({ min: -32_768, max: 32_767 }),
  number: fc.option(fc.integer()),
  big: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  words: fc.option(fc.string({ unit: 'grapheme', maxLength: 300 }).map((text) => text.replaceAll('\u0000', ''))),
  list: fc.array(fc.integer(), { maxLength: 20 }),
})

describe('bulk loading', () => {
  let cluster: TestCluster
  let database: Kysely<Tables>
  beforeAll(async () => {
    cluster = await startTestCluster()
    const pool = new pg.Pool({ ...clientSettings(await cluster.createDatabase()), max: 1 })
    // The pool says that it has ended before its last connection has: the server's farewell may still come.
    pool.on('error', () => undefined)
    pool.on('connect', (client) => void client.on('error', () => undefined))
    database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool, cursor: CopyCursor }) })
    await runnerOf(database)(
      'create table loaded (id uuid, small int2, number int4, big int8, words text, list int4[], position int generated always as identity)',
    )
  })
  afterAll(async () => {
    await database.destroy()
    await cluster.stop()
  })

  test('every value arrives as it was given', async () => {
    const run = runnerOf(database)
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 40 }), async (rows) => {
        await run('truncate loaded')
        await loaderOf(database)(
          TARGET,
          rows.map(({ id, small, number, big, words, list }) => [id, small, number, big, words, list]),
        )
        expect(await run('select id, small, number, big, words, list from loaded order by position')).toEqual(rows)
      }),
      { numRuns: 50 },
    )
  })

  test('rows that are larger than any buffer at hand arrive whole', async () => {
    const run = runnerOf(database)
    await run('truncate loaded')
    const words = 'ä€😀x'.repeat(500_000)
    await loaderOf(database)(TARGET, [[null, 1, 2, '3', words, []]])
    const [stored] = await run<{ words: string }>('select words from loaded')
    expect(stored?.words).toBe(words)
  })

  test('a row that the table refuses fails the load, and the connection goes on', async () => {
    const run = runnerOf(database)
    await run('create unique index if not exists loaded_number on loaded (number)')
    await run('truncate loaded')
    const twice = [1, 1].map((number) => [null, 1, number, '3', '', []])
    await expect(loaderOf(database)(TARGET, twice)).rejects.toMatchObject({ code: '23505' })
    expect(await run('select count(*)::int as count from loaded')).toEqual([{ count: 0 }])
    await run('drop index loaded_number')
  })
})

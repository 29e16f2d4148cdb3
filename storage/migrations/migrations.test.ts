import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientSettings, type DatabaseAddress } from '../address.ts'
import { startTestCluster, type TestCluster } from '../testing.ts'
import { MIGRATIONS, migrate, type Migration } from './index.ts'

describe('migrations', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await startTestCluster()
  })
  afterAll(() => cluster.stop())

  async function emptyDatabase(name: string): Promise<DatabaseAddress> {
    const client = new pg.Client(clientSettings({ socketDirectory: cluster.server.socketDirectory }))
    await client.connect()
    await client.query(`create database ${name}`)
    await client.end()
    return { socketDirectory: cluster.server.socketDirectory, database: name }
  }

  test('are numbered from 1 without gaps', () => {
    expect(MIGRATIONS.map((migration) => migration.number)).toEqual(MIGRATIONS.map((_, index) => index + 1))
  })

  test('bring an empty database up to date once, however many start at the same time', async () => {
    const address = await emptyDatabase('from_empty')
    const outcomes = await Promise.all([1, 2, 3].map(() => migrate(address, MIGRATIONS)))
    expect(outcomes.flatMap((outcome) => outcome.applied)).toEqual(MIGRATIONS.map((migration) => migration.name))
    expect(await migrate(address, MIGRATIONS)).toEqual({ applied: [] })
  })

  const further: Migration = { number: MIGRATIONS.length + 1, name: 'further', statements: ['create table further (id int)'] }

  test('a failing step leaves nothing behind and is tried again', async () => {
    const address = await emptyDatabase('failing')
    const broken: Migration = { ...further, statements: ['create table half (id int)', 'create table integration (id int)'] }
    await expect(migrate(address, [...MIGRATIONS, broken])).rejects.toThrow('SQLSTATE 42P07')
    expect(await migrate(address, [...MIGRATIONS, further])).toEqual({ applied: ['further'] })
  })

  test('a newer schema and a changed step are refused', async () => {
    const address = await emptyDatabase('newer')
    await migrate(address, [...MIGRATIONS, further])
    await expect(migrate(address, MIGRATIONS)).rejects.toMatchObject({ label: 'schema-newer' })
    await expect(migrate(address, [...MIGRATIONS, { ...further, statements: ['select 1'] }])).rejects.toMatchObject({ label: 'schema-changed' })
  })
})

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { clientSettings } from '../address.ts'
import { StorageUnavailableError } from '../errors.ts'
import { findPostgresBinaries } from './binaries.ts'
import { isRunning, readLock } from './lock-file.ts'
import { startEmbeddedDatabase, type EmbeddedDatabase } from './supervisor.ts'

describe('the embedded database', () => {
  let folder: string
  let databases: EmbeddedDatabase[]
  let notes: string[]

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'mintmark-embedded-'))
    await chmod(folder, 0o755)
    databases = []
    notes = []
  })
  afterEach(async () => {
    await Promise.all(databases.map((database) => database.stop()))
    await rm(folder, { recursive: true, force: true })
  })

  async function start(where = folder): Promise<EmbeddedDatabase> {
    const database = await startEmbeddedDatabase({ folder: where, durable: false, settings: { fsync: 'off' }, note: (sentence) => notes.push(sentence) })
    databases.push(database)
    return database
  }

  async function ask(database: EmbeddedDatabase, question: string): Promise<unknown> {
    const client = new pg.Client(clientSettings(database))
    await client.connect()
    const { rows } = await client.query<{ answer: unknown }>(question)
    await client.end()
    return rows[0]?.answer
  }

  test('answers on a Unix socket of a private folder only, and keeps its data over a restart', async () => {
    const first = await start()
    await ask(first, `create table kept as select 42 as answer`)
    expect(await ask(first, `select current_setting('listen_addresses') || current_setting('server_encoding') as answer`)).toBe('UTF8')
    expect((await stat(first.socketDirectory)).mode & 0o777).toBe(0o700)
    await first.stop()
    expect(first.state()).toBe('stopped')
    expect(await ask(await start(), 'select answer from kept')).toBe(42)
  })

  test('is started again when it dies', async () => {
    const database = await start()
    const pid = database.pid() ?? 0
    process.kill(pid, 'SIGKILL')
    const back = async (): Promise<unknown> => ask(database, 'select 1 as answer').catch(() => back())
    expect(await back()).toBe(1)
    expect(notes.join()).toContain('ended unexpectedly')
  })

  test('survives a lock whose process is gone, and one whose number somebody else has now', async () => {
    await (await start()).stop()
    const bystander = spawn('sleep', ['60'])
    try {
      for (const pid of [2 ** 22 - 7, bystander.pid]) {
        await writeFile(path.join(folder, 'postgres', 'postmaster.pid'), `${pid}\n${folder}/postgres\n1\n5432\n${folder}/run\n\n\nready\n`)
        expect((await readLock(path.join(folder, 'postgres'))).state).toBe('stale')
        const database = await start()
        expect(database.adopted).toBe(false)
        await database.stop()
      }
      expect(await isRunning(bystander.pid ?? 0)).toBe(true)
    } finally {
      bystander.kill('SIGKILL')
    }
  })

  test('does not take a zombie for a server', async () => {
    // The shell's child ends at once and is never reaped, because exec has turned the shell into something that does not wait.
    const parent: ChildProcess = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
    try {
      const [line]: unknown[] = parent.stdout === null ? [] : await once(parent.stdout, 'data')
      const pid = Number(String(line).trim())
      while (await isRunning(pid)) await new Promise(setImmediate)
      expect(() => process.kill(pid, 0)).not.toThrow()
    } finally {
      parent.kill('SIGKILL')
    }
  })

  test('takes over a server that outlived its owner, and stops it', async () => {
    const first = await start()
    const second = await start()
    expect(second.adopted).toBe(true)
    expect(second.pid()).toBe(first.pid())
    expect(await ask(second, 'select 1 as answer')).toBe(1)
    await Promise.all([first.stop(), second.stop()])
    expect((await readLock(path.join(folder, 'postgres'))).state).toBe('none')
  })

  test('works below a path that is too long for a socket', async () => {
    const deep = path.join(folder, 'd'.repeat(90))
    await mkdir(deep)
    const database = await start(deep)
    expect(Buffer.byteLength(database.socketDirectory)).toBeLessThan(80)
    expect(await ask(database, 'select 1 as answer')).toBe(1)
    await database.stop()
    expect(await stat(database.socketDirectory).catch(() => undefined)).toBeUndefined()
  })

  test('refuses the data directory of another version and one that is none', async () => {
    await mkdir(path.join(folder, 'postgres'))
    await writeFile(path.join(folder, 'postgres', 'PG_VERSION'), '16\n')
    await expect(start()).rejects.toMatchObject({ label: 'data-directory-version' })
    await rm(path.join(folder, 'postgres', 'PG_VERSION'))
    await writeFile(path.join(folder, 'postgres', 'letter.txt'), 'dear reader')
    await expect(start()).rejects.toMatchObject({ label: 'data-directory-foreign' })
    expect(await readFile(path.join(folder, 'postgres', 'letter.txt'), 'utf8')).toBe('dear reader')
  })

  test('discards what an interrupted first start has left', async () => {
    await mkdir(path.join(folder, 'postgres.new'))
    await writeFile(path.join(folder, 'postgres.new', 'PG_VERSION'), '18\n')
    expect(await ask(await start(), 'select 1 as answer')).toBe(1)
  })

  test('a missing PostgreSQL is a sentence with a way out', () => {
    expect(() => findPostgresBinaries({ PG_BIN: folder })).toThrow(StorageUnavailableError)
    expect(findPostgresBinaries({ PG_BIN: '' }).bin).toMatch(/bin$/)
  })
})

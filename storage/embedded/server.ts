import type { ChildProcess } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { StorageUnavailableError } from '../errors.ts'
import type { Installation } from './folders.ts'
import { isRunning, readLock, removeStaleLock } from './lock-file.ts'
import { explainExit, lastWords, spawnServer } from './process.ts'
import { EMBEDDED_LIMITS, ROLE } from './settings.ts'

/** Milliseconds between two looks at a server that starts or stops. */
const LOOK_MS = 10

/** A server that answers: our child, or one that outlived the process that had started it. */
export interface RunningServer {
  readonly pid: number
  readonly socketDirectory: string
  readonly adopted: boolean
  /** Resolves when its process is gone. */
  readonly gone: Promise<void>
}

/**
 * Starts a server or adopts the one that already serves this data directory; both answer queries when it returns.
 * The lock of a process that is gone or a zombie is removed, that of a live one never.
 */
export async function startOrAdopt(installation: Installation, settings: Readonly<Record<string, string>>): Promise<RunningServer> {
  const deadline = Date.now() + EMBEDDED_LIMITS.readyMsMax
  for (;;) {
    const adopted = await adopt(installation.dataDirectory, deadline)
    if (adopted !== undefined) return adopted
    await removeStaleLock(installation.dataDirectory)
    const offset = (await lastWords(installation.logFile)).length
    const child = await spawnServer(installation, settings)
    const gone = exitOf(child)
    const outcome = await waitUntilReady(installation, child, gone, deadline)
    if (outcome === 'ready' && child.pid !== undefined) return { pid: child.pid, socketDirectory: installation.runDirectory, adopted: false, gone }
    const words = (await lastWords(installation.logFile)).slice(-2_000)
    // Backends of a server that was killed hold its shared memory until they notice; another process may also have won the race for the lock.
    const passing = /pre-existing shared memory block|lock file "postmaster.pid" already exists/.test(words.slice(Math.min(offset, words.length) - 600))
    if (!passing || Date.now() > deadline) throw explainExit('postgres', child.exitCode ?? child.signalCode ?? 'no answer', words)
    await pause(EMBEDDED_LIMITS.restartPauseMsMin)
  }
}

async function adopt(dataDirectory: string, deadline: number): Promise<RunningServer | undefined> {
  for (;;) {
    const owner = await readLock(dataDirectory)
    if (owner.state !== 'live') return undefined
    if (owner.ready && (await answers(owner.socketDirectory)))
      return { pid: owner.pid, socketDirectory: owner.socketDirectory, adopted: true, gone: watchForeign(owner.pid) }
    if (Date.now() > deadline) {
      throw new StorageUnavailableError(
        'postgres-unresponsive',
        `A PostgreSQL server (process ${owner.pid}) holds the data directory but does not answer`,
        `Look at it, end it with "kill -INT ${owner.pid}", then start again.`,
      )
    }
    await pause(LOOK_MS)
  }
}

function exitOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
}

async function watchForeign(pid: number): Promise<void> {
  while (await isRunning(pid)) await pause(EMBEDDED_LIMITS.watchMs)
}

async function waitUntilReady(installation: Installation, child: ChildProcess, gone: Promise<void>, deadline: number): Promise<'ready' | 'ended'> {
  let ended = false
  void gone.then(() => {
    ended = true
  })
  while (Date.now() < deadline) {
    if (ended) return 'ended'
    const owner = await readLock(installation.dataDirectory)
    if (owner.state === 'live' && owner.pid === child.pid && owner.ready && (await answers(installation.runDirectory))) return 'ready'
    await pause(LOOK_MS)
  }
  child.kill('SIGINT')
  await gone
  return 'ended'
}

async function answers(socketDirectory: string): Promise<boolean> {
  const client = new pg.Client({ host: socketDirectory, port: 5432, user: ROLE, database: 'postgres', connectionTimeoutMillis: 5_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await ensureDatabase(client)
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function ensureDatabase(client: pg.Client): Promise<void> {
  const found = await client.query('select 1 from pg_database where datname = $1', [ROLE])
  if (found.rowCount === 0) await client.query(`create database ${ROLE}`)
}

/** Fast shutdown (SIGINT), then immediate (SIGQUIT), then SIGKILL; returns when the process is gone. */
export async function stopServer(server: RunningServer): Promise<void> {
  for (const [signal, waitMs] of [
    ['SIGINT', EMBEDDED_LIMITS.stopMsMax],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    signalProcess(server.pid, signal)
    if (await endsWithin(server.pid, waitMs)) return
  }
}

async function endsWithin(pid: number, waitMs: number): Promise<boolean> {
  const deadline = Date.now() + waitMs
  while (Date.now() < deadline) {
    if (!(await isRunning(pid))) return true
    await pause(LOOK_MS)
  }
  return false
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone already, which is what was wanted.
  }
}

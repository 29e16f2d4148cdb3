import { rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { findPostgresBinaries, type PostgresBinaries } from './binaries.ts'
import { initialiseDataDirectory, prepareInstallation, type Installation } from './folders.ts'
import { startOrAdopt, stopServer, type RunningServer } from './server.ts'
import { EMBEDDED_LIMITS } from './settings.ts'

/** `restarting`: it crashed and is being started again, with growing pauses, for as long as it takes. */
export type EmbeddedState = 'running' | 'restarting' | 'stopped'

/** A PostgreSQL server that this process looks after. */
export interface EmbeddedDatabase {
  /** Folder of its Unix socket: what openStore wants. It stays the same over restarts. */
  readonly socketDirectory: string
  /** True when the server had outlived its former owner and was taken over. */
  readonly adopted: boolean
  readonly state: () => EmbeddedState
  readonly pid: () => number | undefined
  /** Fast shutdown; resolves when the server is gone. Repeating it is harmless. */
  readonly stop: () => Promise<void>
}

/** How to run the embedded database. */
export interface EmbeddedOptions {
  /** Folder of the database and its log; it is created. */
  readonly folder: string
  /** Hears what a person should know: where the database lies, that it crashed, that it is back. */
  readonly note?: (sentence: string) => void
  /** Further settings of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>
  /** False only for tests: the data directory is made without flushing it to disk. */
  readonly durable?: boolean
  readonly binaries?: PostgresBinaries
}

/**
 * Starts the embedded PostgreSQL and keeps it running until `stop`.
 *
 * @throws StorageUnavailableError when there are no programs for this platform, the disk is full, or the data directory belongs to another version
 */
export async function startEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const note = options.note ?? (() => undefined)
  const installation = await prepareInstallation(options.folder, options.binaries ?? findPostgresBinaries(), note)
  await initialiseDataDirectory(installation, options.durable ?? true)
  const first = await startOrAdopt(installation, options.settings ?? {})
  return supervise({ ...installation, runDirectory: first.socketDirectory }, first, options.settings ?? {}, note)
}

function supervise(
  installation: Installation,
  first: RunningServer,
  settings: Readonly<Record<string, string>>,
  note: (sentence: string) => void,
): EmbeddedDatabase {
  let state: EmbeddedState = 'running'
  let server = first
  let stopping: Promise<void> | undefined
  const ended = new AbortController()

  async function watch(): Promise<void> {
    let pauseMs: number = EMBEDDED_LIMITS.restartPauseMsMin
    while (!ended.signal.aborted) {
      const since = Date.now()
      await server.gone
      if (ended.signal.aborted) return
      state = 'restarting'
      note('The embedded PostgreSQL ended unexpectedly and is started again')
      if (Date.now() - since > EMBEDDED_LIMITS.stableMs) pauseMs = EMBEDDED_LIMITS.restartPauseMsMin
      pauseMs = await restart(pauseMs)
    }
  }

  /** Starts until it works or we are stopped; returns the pause that a further crash begins with. */
  async function restart(firstPauseMs: number): Promise<number> {
    let pauseMs = firstPauseMs
    while (!ended.signal.aborted) {
      await pause(pauseMs, undefined, { signal: ended.signal }).catch(() => undefined)
      pauseMs = Math.min(pauseMs * 2, EMBEDDED_LIMITS.restartPauseMsMax)
      if (ended.signal.aborted) break
      try {
        server = await startOrAdopt(installation, settings)
        state = 'running'
        note('The embedded PostgreSQL is back')
        break
      } catch (error) {
        note(error instanceof Error ? error.message : 'The embedded PostgreSQL did not start')
      }
    }
    return pauseMs
  }

  const watching = watch()
  async function stop(): Promise<void> {
    ended.abort()
    await stopServer(server)
    await watching
    // A restart that was under way when we were told to stop may have brought up another one.
    await stopServer(server)
    state = 'stopped'
    if (path.dirname(installation.runDirectory) === os.tmpdir()) await rm(installation.runDirectory, { recursive: true, force: true })
  }

  return {
    socketDirectory: installation.runDirectory,
    adopted: first.adopted,
    state: () => state,
    pid: () => (state === 'running' ? server.pid : undefined),
    stop: () => (stopping ??= stop()),
  }
}

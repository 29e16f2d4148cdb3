import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

const STOP_GRACE_MS = 10_000

/** A peer's process with its log; ended by its own id and never by name. */
export interface PeerProcess {
  readonly name: string
  readonly pid: number
  readonly logFile: string
  readonly hasEnded: () => boolean
  /** SIGTERM, and SIGKILL when it does not listen. */
  readonly stop: () => Promise<void>
  /** SIGKILL, as a crash. */
  readonly kill: () => Promise<void>
}

/** Starts a process whose output goes to `<folder>/<name>.log`. It dies with us: a test run that crashes leaves nothing behind. */
export function startProcess(name: string, command: string, args: readonly string[], folder: string): PeerProcess {
  const logFile = join(folder, `${name}.log`)
  const log = createWriteStream(logFile, { flags: 'a' })
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('close', () => resolve())
  })
  const killWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', killWithUs)
  void ended.then(() => {
    process.off('exit', killWithUs)
    log.end()
  })
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null || child.pid === undefined
  return {
    name,
    pid: child.pid ?? 0,
    logFile,
    hasEnded,
    stop: () => endProcess(child, 'SIGTERM', ended),
    kill: () => endProcess(child, 'SIGKILL', ended),
  }
}

async function endProcess(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL', ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS)
  await ended
  clearTimeout(force)
}

/** A port of the loopback interface that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  if (address === null || typeof address === 'string') throw new Error('the system gave no port')
  return address.port
}

import { readFile, readlink, realpath, rm } from 'node:fs/promises'
import path from 'node:path'

/**
 * What `postmaster.pid` says, checked against the process table.
 * `live`: a server of this very data directory runs. `stale`: its process is gone, a zombie, or somebody else's under a reused number.
 */
export type LockOwner =
  | { readonly state: 'none' }
  | { readonly state: 'stale'; readonly pid: number }
  | { readonly state: 'live'; readonly pid: number; readonly socketDirectory: string; readonly ready: boolean }

/** Lines of postmaster.pid (PostgreSQL source, src/include/utils/pidfile.h): 1 pid, 5 socket directory, 8 status. */
const PID_LINE = 0
const SOCKET_LINE = 4
const STATUS_LINE = 7

/** Reads the lock of a data directory. */
export async function readLock(dataDirectory: string): Promise<LockOwner> {
  const text = await readFile(path.join(dataDirectory, 'postmaster.pid'), 'utf8').catch(() => undefined)
  if (text === undefined) return { state: 'none' }
  const lines = text.split('\n')
  const pid = Number.parseInt(lines[PID_LINE] ?? '', 10)
  if (!Number.isInteger(pid) || pid <= 0) return { state: 'stale', pid: 0 }
  if (!(await servesFolder(pid, dataDirectory))) return { state: 'stale', pid }
  return { state: 'live', pid, socketDirectory: (lines[SOCKET_LINE] ?? '').trim(), ready: (lines[STATUS_LINE] ?? '').trim() === 'ready' }
}

/** Removes a lock whose process was seen to be gone; a lock that changed hands meanwhile stays. */
export async function removeStaleLock(dataDirectory: string): Promise<void> {
  const owner = await readLock(dataDirectory)
  if (owner.state === 'stale') await rm(path.join(dataDirectory, 'postmaster.pid'), { force: true })
}

/** True while a process exists and is not a zombie that nobody has reaped yet: `kill -0` answers for zombies too. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
  }
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // Without /proc only kill(2) can be asked; the state follows the command in parentheses.
  if (status === undefined) return process.platform !== 'linux'
  return !/^[ZX]/.test(status.slice(status.lastIndexOf(')') + 2))
}

/** A server's working directory is its data directory, which a reused process number would not share. */
async function servesFolder(pid: number, dataDirectory: string): Promise<boolean> {
  if (!(await isRunning(pid))) return false
  const working = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
  // Not readable: another user's process. Believing that it lives is the safe side; starting would then fail with its own message.
  if (working === undefined) return true
  return working === (await realpath(dataDirectory))
}

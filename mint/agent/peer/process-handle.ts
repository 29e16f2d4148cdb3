import { closeSync, constants, openSync, readFileSync } from 'node:fs'
import type { Kernel } from './kernel.ts'

/** Holds on to one process, so that another one with its number is not taken for it. */
export interface ProcessHandle {
  isAlive(): boolean
  /** Afterwards nobody is alive. May be called again. */
  close(): void
}

/**
 * By a pidfd, which names the process itself: no other process can take its place. Owns the descriptor.
 * Undefined when it does not name this number now: the process is gone, or is outside our PID namespace.
 */
export function handleByPidfd(kernel: Kernel, pidfd: number, pid: number): ProcessHandle | undefined {
  if (kernel.pidOf(pidfd) !== pid) {
    kernel.close(pidfd)
    return undefined
  }
  let open = true
  return {
    // A pidfd stays with its process, so poll alone tells its end; it tells it also of a process whose status nobody has collected.
    isAlive: () => open && !kernel.hasExited(pidfd),
    close() {
      if (!open) return
      open = false
      kernel.close(pidfd)
    },
  }
}

/**
 * For kernels before 6.5: keeps `/proc/<pid>` open, which fails to be read once that process is gone, and compares its start time.
 *
 * Weaker than a pidfd by one moment: a process that ends between connect() and this call, and whose number is taken at once, is not noticed.
 * Undefined when there is no such process now.
 */
export function handleByProc(pid: number, procRoot = '/proc'): ProcessHandle | undefined {
  const directory = openDirectory(`${procRoot}/${pid}`)
  if (directory === undefined) return undefined
  const startedAt = startTime(directory)
  if (startedAt === undefined) {
    closeSync(directory)
    return undefined
  }
  let open = true
  return {
    isAlive: () => open && startTime(directory) === startedAt,
    close() {
      if (!open) return
      open = false
      closeSync(directory)
    },
  }
}

function openDirectory(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY)
  } catch {
    return undefined
  }
}

/** Field 22 of stat (proc(5)), read through the held descriptor; undefined for a process that has ended, zombies included. */
function startTime(directory: number): string | undefined {
  try {
    return parseStartTime(readFileSync(`/proc/self/fd/${directory}/stat`, 'latin1'))
  } catch {
    return undefined
  }
}

/** States of a process that has ended: zombie, dead. */
const ENDED_STATES: ReadonlySet<string> = new Set(['Z', 'X', 'x'])

/** The second field is the program's name in parentheses and may hold spaces and parentheses itself, so fields are counted from the last one. */
export function parseStartTime(stat: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // Behind the name, field 3 (state) is the first and field 22 the twentieth.
  const [state, startedAt] = [fields[0], fields[19]]
  if (state === undefined || ENDED_STATES.has(state)) return undefined
  return startedAt !== undefined && /^\d+$/.test(startedAt) ? startedAt : undefined
}

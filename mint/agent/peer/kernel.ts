import { closeSync, readFileSync } from 'node:fs'
import type * as ForeignFunctions from 'node:ffi'

/** What the kernel recorded of the other end of a Unix socket when it connected (unix(7), SO_PEERCRED). */
export interface PeerCredentials {
  /** In our PID namespace; 0 when the process is not visible from it. */
  readonly pid: number
  readonly uid: number
  readonly gid: number
}

/** The few system calls that Node has no interface for. Each answers undefined when the kernel refused. */
export interface Kernel {
  /** False before Linux 6.5; liveness then rests on `/proc`. */
  readonly knowsPidfds: boolean
  peerCredentials(descriptor: number): PeerCredentials | undefined
  /** A descriptor that names the connecting process itself, whatever becomes of its number (Linux 6.5 and newer). The caller closes it. */
  peerPidfd(descriptor: number): number | undefined
  /** Supplementary groups of the process when it connected; undefined when there are more than anybody has. */
  peerGroups(descriptor: number): readonly number[] | undefined
  /** The number that a pidfd's process has now; none that a process has, or undefined, when it is gone or outside our PID namespace. */
  pidOf(pidfd: number): number | undefined
  /** True once the process of a pidfd has ended, also while nobody has collected its exit status. */
  hasExited(pidfd: number): boolean
  close(descriptor: number): void
}

/** A process that cannot ask the kernel who connects must not serve anybody. */
export class PeerCredentialsUnavailableError extends Error {
  constructor(happened: string, options?: { readonly cause?: unknown }) {
    super(
      `The agent cannot identify processes that connect to its socket: ${happened}. ` +
        'It needs Linux and Node 26.1 or newer without --no-experimental-ffi and without a permission model that forbids foreign functions.',
      options,
    )
    this.name = 'PeerCredentialsUnavailableError'
  }
}

/** <asm-generic/socket.h>, the same on x86-64 and arm64. */
const SOL_SOCKET = 1
const SO_PEERCRED = 17
const SO_PEERGROUPS = 59
const SO_PEERPIDFD = 77
/** struct ucred: three 32-bit numbers. */
const UCRED_BYTES = 12
/** Processes with more supplementary groups than this are asked for them in another way. */
const GROUPS_MAX = 256
const GROUP_BYTES = 4
/** PIDFD_GET_INFO of <linux/pidfd.h> (Linux 6.13 and newer), and where its struct of 64 bytes holds the number of the process. */
const PIDFD_GET_INFO = 0xc040ff0bn
const PIDFD_INFO_BYTES = 64
const PIDFD_INFO_PID = 1n
const PIDFD_INFO_PID_AT = 16
/** <sys/socket.h> */
const AF_UNIX = 1
const SOCK_STREAM = 1
/** <poll.h>; struct pollfd is an int and two shorts. */
const POLLFD_BYTES = 8
const POLLIN = 1
const POLL_ATTEMPTS_MAX = 16

const SIGNATURES = {
  getsockopt: { arguments: ['i32', 'i32', 'i32', 'buffer', 'buffer'], return: 'i32' },
  socketpair: { arguments: ['i32', 'i32', 'i32', 'buffer'], return: 'i32' },
  ioctl: { arguments: ['i32', 'u64', 'buffer'], return: 'i32' },
  poll: { arguments: ['buffer', 'u64', 'i32'], return: 'i32' },
} as const

/**
 * The kernel through the C library that this process already runs on; nothing is loaded from disk.
 *
 * @throws PeerCredentialsUnavailableError where that is impossible, or where its answers about ourselves are wrong
 */
export function openKernel(): Kernel {
  const calls = loadCalls()
  const kernel = kernelOf(calls)
  return { ...kernel, knowsPidfds: passSelfTest(kernel, calls) }
}

type Calls = ForeignFunctions.DynamicLibraryResult<typeof SIGNATURES>['functions']

function loadCalls(): Calls {
  const ffi = withoutExperimentalWarning(() => process.getBuiltinModule('node:ffi'))
  if (process.platform !== 'linux') throw new PeerCredentialsUnavailableError(`this is ${process.platform}`)
  // The type says that the module is always there; it is absent from older versions and when switched off.
  if (typeof ffi?.dlopen !== 'function') throw new PeerCredentialsUnavailableError(`Node ${process.version} offers no foreign functions`)
  try {
    return withoutExperimentalWarning(() => ffi.dlopen(null, SIGNATURES).functions)
  } catch (error) {
    throw new PeerCredentialsUnavailableError('the C library could not be asked', { cause: error })
  }
}

/**
 * Node says on standard error that foreign functions are experimental when they are first loaded. That one warning is known
 * and would be a line in the logs that nobody can act on; every other warning passes.
 */
function withoutExperimentalWarning<Result>(load: () => Result): Result {
  const emit = process.emitWarning.bind(process)
  const original: unknown = Reflect.get(process, 'emitWarning')
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] !== 'ExperimentalWarning') Reflect.apply(emit, process, [warning, ...rest])
  }
  try {
    return load()
  } finally {
    Reflect.set(process, 'emitWarning', original)
  }
}

function kernelOf(calls: Calls): Omit<Kernel, 'knowsPidfds'> {
  // One buffer for each argument: the calls are synchronous and copy nothing out of the way.
  const option = Buffer.alloc(UCRED_BYTES)
  const length = Buffer.alloc(4)
  const pollfd = Buffer.alloc(POLLFD_BYTES)
  const groups = Buffer.alloc(GROUPS_MAX * GROUP_BYTES)
  const info = Buffer.alloc(PIDFD_INFO_BYTES)

  function readOption(descriptor: number, name: number, bytes: number): boolean {
    length.writeInt32LE(bytes)
    return calls.getsockopt(descriptor, SOL_SOCKET, name, option, length) === 0 && length.readInt32LE() === bytes
  }

  return {
    peerCredentials(descriptor) {
      if (!readOption(descriptor, SO_PEERCRED, UCRED_BYTES)) return undefined
      return { pid: option.readInt32LE(0), uid: option.readUInt32LE(4), gid: option.readUInt32LE(8) }
    },
    peerPidfd(descriptor) {
      if (!readOption(descriptor, SO_PEERPIDFD, 4)) return undefined
      return option.readInt32LE(0)
    },
    peerGroups(descriptor) {
      length.writeInt32LE(groups.length)
      if (calls.getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups, length) !== 0) return undefined
      return Array.from({ length: length.readInt32LE(0) / GROUP_BYTES }, (_, index) => groups.readUInt32LE(index * GROUP_BYTES))
    },
    pidOf(pidfd) {
      info.fill(0)
      info.writeBigUInt64LE(PIDFD_INFO_PID, 0)
      // A kernel that does not know the question may still be read.
      return calls.ioctl(pidfd, PIDFD_GET_INFO, info) === 0 ? info.readUInt32LE(PIDFD_INFO_PID_AT) : pidByProc(pidfd)
    },
    hasExited(pidfd) {
      for (let attempt = 0; attempt < POLL_ATTEMPTS_MAX; attempt += 1) {
        pollfd.writeInt32LE(pidfd, 0)
        pollfd.writeInt16LE(POLLIN, 4)
        pollfd.writeInt16LE(0, 6)
        const ready = calls.poll(pollfd, 1n, 0)
        // A signal that arrives meanwhile (a profiler sends thousands) makes the call fail, and says nothing about the process.
        if (ready >= 0) return ready > 0
      }
      // A call that goes on failing gives nobody an identity.
      return true
    },
    close: closeSync,
  }
}

/** Asks about a pair of sockets of our own, where every answer is known. @returns whether the kernel knows pidfds of peers */
function passSelfTest(kernel: Omit<Kernel, 'knowsPidfds'>, calls: Calls): boolean {
  const pair = Buffer.alloc(8)
  if (calls.socketpair(AF_UNIX, SOCK_STREAM, 0, pair) !== 0) throw new PeerCredentialsUnavailableError('no pair of sockets could be made for the self-test')
  const [left, right] = [pair.readInt32LE(0), pair.readInt32LE(4)]
  try {
    const peer = kernel.peerCredentials(left)
    if (peer === undefined) throw new PeerCredentialsUnavailableError('the kernel did not answer SO_PEERCRED')
    if (peer.pid !== process.pid || peer.uid !== process.geteuid?.() || peer.gid !== process.getegid?.()) {
      throw new PeerCredentialsUnavailableError('the kernel did not recognise this process itself')
    }
    const pidfd = kernel.peerPidfd(left)
    if (pidfd === undefined) return false
    try {
      if (kernel.hasExited(pidfd) || kernel.pidOf(pidfd) !== process.pid) {
        throw new PeerCredentialsUnavailableError('the kernel takes this running process for an ended one')
      }
    } finally {
      kernel.close(pidfd)
    }
    return true
  } finally {
    kernel.close(left)
    kernel.close(right)
  }
}

/**
 * The number that a pidfd's process has now, read from `/proc/self/fdinfo`: -1 once it is gone, 0 outside our PID namespace.
 * Undefined when the file cannot be read.
 */
export function pidByProc(pidfd: number): number | undefined {
  try {
    const pid = /^Pid:\s*(-?\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${pidfd}`, 'latin1'))?.[1]
    return pid === undefined ? undefined : Number(pid)
  } catch {
    return undefined
  }
}

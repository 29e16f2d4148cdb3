import type { Socket } from 'node:net'
import type { Peer } from '@mintmark/mint/attestation'
import type { Kernel } from './kernel.ts'
import { handleByPidfd, handleByProc, type ProcessHandle } from './process-handle.ts'

/** A connection whose process cannot be named gets no identity. The sentence is for the log. */
export class PeerRefusedError extends Error {
  constructor(happened: string) {
    super(happened)
    this.name = 'PeerRefusedError'
  }
}

/**
 * Who has connected, by the kernel's word. To be called in the server's connection callback before anything reads the socket.
 *
 * The handle on the process lives as long as the connection: it is closed with the socket, and nobody is alive afterwards.
 * Credentials are those at connect(); a descriptor that was passed on to another process keeps them.
 *
 * @throws PeerRefusedError when the process is outside our PID namespace, is gone already, or the kernel does not answer
 */
export function readPeer(kernel: Kernel, socket: Socket): Peer {
  const descriptor = descriptorOf(socket)
  if (descriptor === undefined) throw new PeerRefusedError('The connection was closed before its process could be named.')
  const credentials = kernel.peerCredentials(descriptor)
  if (credentials === undefined) throw new PeerRefusedError('The kernel gave no credentials for the connection.')
  if (credentials.pid <= 0) {
    throw new PeerRefusedError('The connecting process is outside the PID namespace of the agent; run the agent with hostPID.')
  }
  const handle = holdProcess(kernel, descriptor, credentials.pid)
  if (handle === undefined) throw new PeerRefusedError(`Process ${credentials.pid} was gone before it could be identified.`)
  if (!handle.isAlive()) {
    handle.close()
    throw new PeerRefusedError(`Process ${credentials.pid} ended before it could be identified.`)
  }
  socket.once('close', () => handle.close())
  return { ...credentials, groups: () => groupsOf(kernel, socket), isAlive: () => handle.isAlive() }
}

function groupsOf(kernel: Kernel, socket: Socket): readonly number[] | undefined {
  const descriptor = descriptorOf(socket)
  return descriptor === undefined ? undefined : kernel.peerGroups(descriptor)
}

function holdProcess(kernel: Kernel, descriptor: number, pid: number): ProcessHandle | undefined {
  if (!kernel.knowsPidfds) return handleByProc(pid)
  const pidfd = kernel.peerPidfd(descriptor)
  return pidfd === undefined ? undefined : handleByPidfd(kernel, pidfd, pid)
}

/**
 * The number of a socket's or server's descriptor, or undefined once it is closed. Node keeps it on a private field that has not
 * changed from Node 20 to 26; the listener asks it of its own server at start and refuses to serve if that ever ends.
 */
export function descriptorOf(holder: object): number | undefined {
  const handle: unknown = Reflect.get(holder, '_handle')
  if (typeof handle !== 'object' || handle === null) return undefined
  const descriptor: unknown = Reflect.get(handle, 'fd')
  return typeof descriptor === 'number' && descriptor >= 0 ? descriptor : undefined
}

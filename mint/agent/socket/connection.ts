import { AsyncLocalStorage } from 'node:async_hooks'
import type { Peer } from '@mintmark/mint/attestation'
import type { Workload } from '../workload.ts'

/** A connection to the agent's socket, and who the kernel says is at its other end. */
export interface SocketConnection {
  readonly id: number
  readonly peer: Peer
  /** The last attestation without an exchange token, for calls that follow closely. */
  attested: { readonly workload: Workload; readonly until: number } | undefined
  /** Streams that are open now. */
  streams: number
}

/**
 * Which connection a call came over. Node binds the handlers of an HTTP/2 session to the context in which the session was made, so a
 * call can see no connection but its own; a call without one is refused, never guessed.
 */
const connections = new AsyncLocalStorage<SocketConnection>()

/** Runs what hands the connection over to the HTTP/2 server. */
export function enterConnection(connection: SocketConnection, handOver: () => void): void {
  connections.run(connection, handOver)
}

/** The connection of the call that is being handled, or undefined outside of one. */
export function currentConnection(): SocketConnection | undefined {
  return connections.getStore()
}

/** Leaves the connection's context: what is shared by many callers must not be made in that of the first. */
export function outsideConnections<T>(run: () => T): T {
  return connections.exit(run)
}

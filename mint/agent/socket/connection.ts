import type { Metadata } from '@grpc/grpc-js'
import type { Peer } from '@mintmark/mint/attestation'
import { CONNECTION_HEADER } from '../front/index.ts'
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

/** Connections that are open, by the stamp that the front puts on each of their requests. */
export interface OpenConnections {
  readonly open: (stamp: string, connection: SocketConnection) => void
  readonly close: (stamp: string) => void
  /** The connection that a call came over, or undefined when it carries no stamp of an open one: it is then refused, never guessed. */
  readonly of: (metadata: Metadata) => SocketConnection | undefined
}

/** No connections yet. */
export function createOpenConnections(): OpenConnections {
  const byStamp = new Map<string, SocketConnection>()
  return {
    open: (stamp, connection) => void byStamp.set(stamp, connection),
    close: (stamp) => void byStamp.delete(stamp),
    of(metadata) {
      const [stamp, more] = metadata.get(CONNECTION_HEADER)
      return more === undefined && typeof stamp === 'string' ? byStamp.get(stamp) : undefined
    },
  }
}

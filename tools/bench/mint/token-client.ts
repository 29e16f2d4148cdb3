import { type ClientHttp2Session, connect } from 'node:http2'
import { createConnection } from 'node:net'
import { once } from 'node:events'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { workloadApi } from '@mintmark/contract/grpc'

const GRPC_HEAD_BYTES = 5
const HEADERS = {
  ':method': 'POST',
  ':path': '/SpiffeWorkloadAPI/FetchJWTSVID',
  'content-type': 'application/grpc',
  te: 'trailers',
  'workload.spiffe.io': 'true',
} as const

/** Connections to the agent's socket, over which JWT-SVIDs are asked for in turn. */
export interface TokenClient {
  /** @throws Error when the agent refuses */
  fetch(audience: string): Promise<void>
  close(): void
}

/** Opens so many connections; bare HTTP/2, because a gRPC library would cost more than the agent. */
export async function openTokenClient(socketPath: string, connections: number): Promise<TokenClient> {
  const sessions: ClientHttp2Session[] = []
  for (let index = 0; index < connections; index++) {
    const session = connect('http://localhost', { createConnection: () => createConnection(socketPath) })
    await once(session, 'connect')
    sessions.push(session)
  }
  let next = 0
  return {
    fetch(audience) {
      const session = sessions[next++ % sessions.length]
      if (session === undefined) throw new Error('There is no connection.')
      return fetchOver(session, requestFor(audience))
    },
    close() {
      for (const session of sessions) session.destroy()
    },
  }
}

function requestFor(audience: string): Buffer {
  const message = toBinary(workloadApi.JWTSVIDRequestSchema, create(workloadApi.JWTSVIDRequestSchema, { audience: [audience] }))
  const head = Buffer.alloc(GRPC_HEAD_BYTES)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

function fetchOver(session: ClientHttp2Session, request: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request(HEADERS)
    const parts: Buffer[] = []
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.on('error', reject)
    stream.on('end', () => {
      const body = Buffer.concat(parts).subarray(GRPC_HEAD_BYTES)
      if (body.length > 0 && fromBinary(workloadApi.JWTSVIDResponseSchema, body).svids.length === 1) resolve()
      else reject(new Error('The agent gave no token.'))
    })
    stream.end(request)
  })
}

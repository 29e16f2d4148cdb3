import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import type { ClientCertificate } from './certificates.ts'

const SOCKETS_MAX = 32

/** What the API server answered. */
export interface ApiAnswer {
  readonly status: number
  readonly body: string
}

/** Plain requests to an API server as one user: enough to load objects and to look at what a server says. */
export interface ApiClient {
  readonly request: (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown) => Promise<ApiAnswer>
  /** Creates objects by the paths of their kinds, at most {@link SOCKETS_MAX} at a time. @throws Error with the server's answer */
  readonly create: (objects: readonly { readonly path: string; readonly object: unknown }[]) => Promise<void>
  readonly close: () => void
}

/** A client that proves itself with a certificate. */
export async function createApiClient(server: string, caFile: string, client: ClientCertificate): Promise<ApiClient> {
  const [ca, cert, key] = await Promise.all([readFile(caFile), readFile(client.certificateFile), readFile(client.keyFile)])
  const agent = new Agent({ ca, cert, key, keepAlive: true, maxSockets: SOCKETS_MAX })
  const send: ApiClient['request'] = (method, path, body) =>
    new Promise((resolve, reject) => {
      const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
      const outgoing = request(new URL(path, server), { method, agent, headers: { 'content-type': contentType } }, (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.once('error', reject)
        incoming.once('end', () => resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }))
      })
      outgoing.once('error', reject)
      outgoing.end(body === undefined ? undefined : JSON.stringify(body))
    })
  const create: ApiClient['create'] = async (objects) => {
    let next = 0
    const worker = async (): Promise<void> => {
      for (let item = objects[next++]; item !== undefined; item = objects[next++]) {
        const answer = await send('POST', item.path, item.object)
        if (answer.status >= 300 && answer.status !== 409) throw new Error(`POST ${item.path} answered ${answer.status}: ${answer.body.slice(0, 500)}`)
      }
    }
    await Promise.all(Array.from({ length: SOCKETS_MAX }, worker))
  }
  return { request: send, create, close: () => agent.destroy() }
}

import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import type { KubernetesApi } from './kubernetes.ts'

/** What a real cluster of the tests is reached by. */
interface TestCluster {
  readonly server: string
  readonly certificates: { readonly caFile: string; readonly admin: { readonly certificateFile: string; readonly keyFile: string } }
}

/** Writes as the cluster's administrator. */
export async function administratorApi(cluster: TestCluster): Promise<KubernetesApi & { close(): void }> {
  const { caFile, admin } = cluster.certificates
  const [ca, cert, key] = await Promise.all([readFile(caFile), readFile(admin.certificateFile), readFile(admin.keyFile)])
  const agent = new Agent({ ca, cert, key, keepAlive: true })
  return {
    close: () => agent.destroy(),
    request: (method, path, body, contentType = 'application/json') =>
      new Promise((resolve, reject) => {
        const outgoing = request(new URL(path, cluster.server), { method, agent, headers: { 'content-type': contentType } }, (incoming) => {
          const chunks: Buffer[] = []
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
          incoming.once('error', reject)
          incoming.once('end', () => resolve({ status: incoming.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) }))
        })
        outgoing.once('error', reject)
        outgoing.end(body === undefined ? undefined : JSON.stringify(body))
      }),
  }
}

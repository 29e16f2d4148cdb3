import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { UserError } from '@mintmark/ledger/model'
import type { KubernetesAnswer, KubernetesApi } from '@mintmark/mint/controller'
import { parse } from 'yaml'
import { z } from 'zod'

/** Where Kubernetes puts a pod's own credentials. */
const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'
/** An API server that stalls must not hold the controller. */
const REQUEST_MS_MAX = 15_000
const BODY_BYTES_MAX = 4 * 1024 * 1024

interface Server {
  readonly url: string
  readonly agent: Agent
  /** Read for each request, because the kubelet renews the token in its file. */
  readonly token: () => Promise<string | undefined>
}

/** The API server of the pod that we run in. @throws UserError outside of a cluster */
export function inClusterApi(): KubernetesApi {
  const host = process.env['KUBERNETES_SERVICE_HOST']
  const port = process.env['KUBERNETES_SERVICE_PORT'] ?? '443'
  if (host === undefined) {
    throw new UserError('no-cluster', 'This process does not run in a Kubernetes pod.', 'Name a kubeconfig with --kubeconfig FILE, or run it in the cluster.')
  }
  const ca = readFileSync(join(SERVICE_ACCOUNT_FOLDER, 'ca.crt'))
  const token = async (): Promise<string> => (await readFile(join(SERVICE_ACCOUNT_FOLDER, 'token'), 'utf8')).trim()
  return apiOf({ url: `https://${host.includes(':') ? `[${host}]` : host}:${port}`, agent: new Agent({ ca, keepAlive: true }), token })
}

/** The namespace of the pod that we run in, or `spirl-system`. */
export function ownNamespace(): string {
  try {
    return readFileSync(join(SERVICE_ACCOUNT_FOLDER, 'namespace'), 'utf8').trim()
  } catch {
    return 'spirl-system'
  }
}

const Named = <Shape extends z.ZodType>(key: string, shape: Shape) => z.array(z.looseObject({ name: z.string(), [key]: shape }))
const Kubeconfig = z.looseObject({
  'current-context': z.string(),
  contexts: Named('context', z.looseObject({ cluster: z.string(), user: z.string() })),
  clusters: Named(
    'cluster',
    z.looseObject({ server: z.string(), 'certificate-authority-data': z.string().optional(), 'certificate-authority': z.string().optional() }),
  ),
  users: Named('user', z.looseObject({})),
})
const Cluster = z.looseObject({ server: z.string(), 'certificate-authority-data': z.string().optional(), 'certificate-authority': z.string().optional() })
const User = z.looseObject({
  'client-certificate-data': z.string().optional(),
  'client-certificate': z.string().optional(),
  'client-key-data': z.string().optional(),
  'client-key': z.string().optional(),
  token: z.string().optional(),
})

/** The current context of a kubeconfig with a certificate or a token. @throws UserError when it cannot be read or wants a plugin */
export function kubeconfigApi(path: string): KubernetesApi {
  try {
    const config = Kubeconfig.parse(parse(readFileSync(path, 'utf8')))
    const context = z.object({ cluster: z.string(), user: z.string() }).parse(entry(config.contexts, config['current-context'], 'context'))
    const cluster = Cluster.parse(entry(config.clusters, context.cluster, 'cluster'))
    const user = User.parse(entry(config.users, context.user, 'user'))
    const ca = bytesOf(cluster['certificate-authority-data'], cluster['certificate-authority'])
    const cert = bytesOf(user['client-certificate-data'], user['client-certificate'])
    const key = bytesOf(user['client-key-data'], user['client-key'])
    const agent = new Agent({ keepAlive: true, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) })
    return apiOf({ url: cluster.server, agent, token: async () => user.token })
  } catch (cause) {
    throw new UserError(
      'kubeconfig',
      `The kubeconfig ${path} cannot be used.`,
      'It needs a current context with a client certificate or a token; plugins are not run here.',
      { cause },
    )
  }
}

function entry(list: readonly Readonly<Record<string, unknown>>[], name: string, key: string): unknown {
  return list.find((candidate) => candidate['name'] === name)?.[key]
}

function bytesOf(data: string | undefined, file: string | undefined): Buffer | undefined {
  if (data !== undefined) return Buffer.from(data, 'base64')
  return file === undefined ? undefined : readFileSync(file)
}

function apiOf(server: Server): KubernetesApi {
  return {
    async request(method, path, body, contentType = 'application/json') {
      const token = await server.token()
      const headers = { 'content-type': contentType, accept: 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) }
      return await new Promise<KubernetesAnswer>((resolve, reject) => {
        const outgoing = request(
          new URL(path, server.url),
          { method, agent: server.agent, headers, signal: AbortSignal.timeout(REQUEST_MS_MAX) },
          (incoming) => {
            const chunks: Buffer[] = []
            let bytes = 0
            incoming.on('data', (chunk: Buffer) => {
              bytes += chunk.length
              if (bytes > BODY_BYTES_MAX) incoming.destroy(new Error(`the API server's answer is larger than ${BODY_BYTES_MAX} bytes`))
              else chunks.push(chunk)
            })
            incoming.once('error', reject)
            incoming.once('end', () => resolve({ status: incoming.statusCode ?? 0, body: jsonOf(Buffer.concat(chunks).toString('utf8')) }))
          },
        )
        outgoing.once('error', reject)
        outgoing.end(body === undefined ? undefined : JSON.stringify(body))
      })
    },
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

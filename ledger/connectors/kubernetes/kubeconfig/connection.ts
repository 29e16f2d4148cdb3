import { readFile } from 'node:fs/promises'
import { UserError } from '@mintmark/ledger/model'
import type { KubernetesSettings } from '../schema.ts'
import { createCredentials, createFileCredentials } from './credentials.ts'
import { decodeData, readNamedFile } from './proof.ts'
import type { Credentials } from './proof.ts'
import { loadKubeconfig } from './file.ts'
import type { Kubeconfig } from './file.ts'
import { readProxy } from './proxy.ts'
import type { ClusterEntry, Named } from './schema.ts'

/** How to reach an API server and as whom. */
export interface Connection {
  readonly server: URL
  readonly caPem?: string
  /** The user asked not to check the server's certificate. */
  readonly insecure: boolean
  readonly serverName?: string
  /** Where requests go first; absent: straight to the server. */
  readonly proxy?: URL
  readonly credentials: Credentials
  /** Name of the cluster in the kubeconfig; absent inside a cluster. */
  readonly clusterName?: string
}

type ClusterSource = Exclude<KubernetesSettings['source'], { type: 'manifests' }>

/**
 * Reads how to connect; nothing is sent yet.
 *
 * @param now for certificates and tokens that have expired
 * @throws UserError with the field of the kubeconfig and what to do
 */
export async function readConnection(source: ClusterSource, now: Date): Promise<Connection> {
  return source.type === 'in-cluster' ? inClusterConnection() : kubeconfigConnection(await loadKubeconfig(source.path), source.context, source.allowExec, now)
}

async function kubeconfigConnection(config: Kubeconfig, wanted: string | undefined, allowExec: boolean, now: Date): Promise<Connection> {
  const where = `kubeconfig ${config.files.join(', ')}`
  const contextName = wanted ?? config.currentContext
  if (contextName === undefined) {
    throw new UserError(
      'kubeconfig-context',
      `No current context is set in ${where}`,
      `Choose one with --context NAME; there are: ${listNames(config.contexts)}`,
    )
  }
  const context = config.contexts.get(contextName)
  if (context === undefined) {
    throw new UserError(
      'kubeconfig-context',
      `There is no context ${contextName} in ${where}`,
      `Choose one with --context NAME; there are: ${listNames(config.contexts)}`,
    )
  }
  const cluster = config.clusters.get(context.cluster)
  if (cluster === undefined)
    throw new UserError('kubeconfig-cluster', `Context ${contextName} names cluster ${context.cluster}, which is not in ${where}`, 'Correct the context')
  const server = parseServer(cluster.entry, context.cluster)
  const proxy = readProxy(cluster.entry['proxy-url'], context.cluster)
  const caPem = await readAuthority(cluster)
  const insecure = cluster.entry['insecure-skip-tls-verify'] === true
  const serverName = cluster.entry['tls-server-name']
  const tls = { ...(caPem === undefined ? {} : { caPem }), insecure, ...(serverName === undefined || serverName === '' ? {} : { serverName }) }
  const userName = context.user ?? ''
  const user = config.users.get(userName) ?? { entry: {}, folder: '.' }
  const credentials = await createCredentials(userName, user, { server: server.href, ...tls }, allowExec, now)
  return { server, ...tls, ...(proxy === undefined ? {} : { proxy }), credentials, clusterName: context.cluster }
}

function parseServer(cluster: ClusterEntry, name: string): URL {
  const text = cluster.server ?? ''
  const server = URL.canParse(text) ? new URL(text) : undefined
  if (server === undefined || (server.protocol !== 'https:' && server.protocol !== 'http:')) {
    throw new UserError(
      'kubeconfig-server',
      `Cluster ${name} of the kubeconfig has no usable server address`,
      'Set clusters[].cluster.server to https://HOST:PORT',
    )
  }
  return server
}

async function readAuthority({ entry, folder }: Named<ClusterEntry>): Promise<string | undefined> {
  const data = entry['certificate-authority-data']
  if (data !== undefined && data !== '') return decodeData(data)
  const file = entry['certificate-authority']
  return file === undefined || file === '' ? undefined : readNamedFile('certificate authority', file, folder)
}

const NAMES_SHOWN = 20

function listNames(names: ReadonlyMap<string, unknown>): string {
  const all = [...names.keys()]
  const more = all.length > NAMES_SHOWN ? ` and ${all.length - NAMES_SHOWN} more` : ''
  return all.length === 0 ? 'none' : all.slice(0, NAMES_SHOWN).join(', ') + more
}

/** Where the kubelet mounts token and authority, unless MINTMARK_SERVICE_ACCOUNT_FOLDER names another folder (a projected volume of one's own). */
const ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

async function inClusterConnection(): Promise<Connection> {
  const host = process.env['KUBERNETES_SERVICE_HOST']
  const port = process.env['KUBERNETES_SERVICE_PORT'] ?? '443'
  const folder = process.env['MINTMARK_SERVICE_ACCOUNT_FOLDER'] ?? ACCOUNT_FOLDER
  const caPem = await readFile(`${folder}/ca.crt`, 'utf8').catch(() => undefined)
  if (host === undefined || caPem === undefined) {
    throw new UserError(
      'not-in-cluster',
      'This process does not run in a pod with a ServiceAccount token',
      'Use a kubeconfig (--kubeconfig FILE), or let the pod mount its token (automountServiceAccountToken: true)',
    )
  }
  const server = new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`)
  return { server, caPem, insecure: false, credentials: createFileCredentials('the ServiceAccount of this pod', `${folder}/token`) }
}

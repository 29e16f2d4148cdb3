import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireExecutable } from '../find.ts'
import { freePort, type PeerProcess, startProcess } from '../process.ts'
import { createApiClient, type ApiClient } from './api-client.ts'
import { type ClientCertificate, type ClusterCertificates, makeCertificate, makeCertificates } from './certificates.ts'

const READY_TIMEOUT_MS = 60_000
const READY_POLL_MS = 50

/** A running control plane: API server, etcd and (unless left out) the controller manager, on free loopback ports. */
export interface Cluster {
  readonly server: string
  readonly folder: string
  readonly certificates: ClusterCertificates
  /** kubeconfig of the administrator. */
  readonly kubeconfig: string
  /** Requests as the administrator. */
  readonly api: ApiClient
  /** Writes a kubeconfig for a user of that name, who has no rights until a role is bound to it. */
  readonly kubeconfigFor: (user: string) => Promise<string>
  /** Ends the API server, optionally as a crash, and starts it again on the same port and data. */
  readonly restartApiServer: (how: 'stop' | 'kill') => Promise<void>
  readonly stop: () => Promise<void>
}

/** What of the control plane is wanted. */
export interface ClusterOptions {
  /** Without it no service account or namespace controller runs; starts faster. */
  readonly controllerManager?: boolean
  readonly extraApiServerFlags?: readonly string[]
}

/**
 * Starts a real control plane. Several at once are fine: each has its own folder, ports and etcd.
 *
 * @throws Error that names the log file when it does not become ready
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'mintmark-cluster-'))
  const certificates = await makeCertificates(folder)
  const [etcdPort, etcdPeerPort, apiPort, controllerPort] = await Promise.all([freePort(), freePort(), freePort(), freePort()])
  const server = `https://127.0.0.1:${apiPort}`
  const etcd = startEtcd(folder, etcdPort, etcdPeerPort)
  const startApiServer = (): PeerProcess =>
    startProcess(
      'kube-apiserver',
      requireExecutable('kubernetes', 'kube-apiserver'),
      apiServerFlags(folder, certificates, server, apiPort, etcdPort, options),
      folder,
    )
  let apiServer = startApiServer()
  const api = await createApiClient(server, certificates.caFile, certificates.admin)
  const kubeconfig = await writeKubeconfig(folder, 'admin', server, certificates.caFile, certificates.admin)
  let controllerManager: PeerProcess | undefined
  const stop = async (): Promise<void> => {
    api.close()
    await controllerManager?.stop()
    // The API server goes before etcd: the other way round it waits a minute for a store that is gone.
    await apiServer.stop()
    await etcd.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await untilReady(api, () => apiServer)
    if (options.controllerManager !== false) {
      controllerManager = await startControllerManager(folder, server, certificates, controllerPort)
      await untilAnswers(api, '/api/v1/namespaces/default/serviceaccounts/default', () => apiServer)
    }
  } catch (error) {
    await stop()
    throw error
  }
  return {
    server,
    folder,
    certificates,
    kubeconfig,
    api,
    async kubeconfigFor(user) {
      const client = await makeCertificate(folder, `user-${user}`, `/CN=${user}`, certificates)
      return await writeKubeconfig(folder, user, server, certificates.caFile, client)
    },
    async restartApiServer(how) {
      await apiServer[how]()
      apiServer = startApiServer()
      await untilReady(api, () => apiServer)
    },
    stop,
  }
}

function startEtcd(folder: string, port: number, peerPort: number): PeerProcess {
  const url = `http://127.0.0.1:${port}`
  const peerUrl = `http://127.0.0.1:${peerPort}`
  const flags = ['--data-dir', join(folder, 'etcd'), '--listen-client-urls', url, '--advertise-client-urls', url, '--listen-peer-urls', peerUrl]
  flags.push(
    '--initial-advertise-peer-urls',
    peerUrl,
    '--initial-cluster',
    `default=${peerUrl}`,
    '--unsafe-no-fsync',
    '--quota-backend-bytes',
    String(4 * 1024 ** 3),
  )
  return startProcess('etcd', requireExecutable('kubernetes', 'etcd'), flags, folder)
}

function apiServerFlags(
  folder: string,
  certificates: ClusterCertificates,
  server: string,
  port: number,
  etcdPort: number,
  options: ClusterOptions,
): readonly string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${folder}`,
    `--tls-cert-file=${certificates.serverCertificate}`,
    `--tls-private-key-file=${certificates.serverKey}`,
    `--client-ca-file=${certificates.caFile}`,
    '--authorization-mode=Node,RBAC',
    '--allow-privileged=true',
    `--service-account-issuer=${server}`,
    `--service-account-signing-key-file=${certificates.serviceAccountKey}`,
    `--service-account-key-file=${certificates.serviceAccountKey}`,
    `--api-audiences=${server},td-server`,
    '--service-account-extend-token-expiration=false',
    '--service-cluster-ip-range=10.0.0.0/24',
    ...(options.extraApiServerFlags ?? []),
  ]
}

async function startControllerManager(folder: string, server: string, certificates: ClusterCertificates, port: number): Promise<PeerProcess> {
  const kubeconfig = await writeKubeconfig(folder, 'controller-manager', server, certificates.caFile, certificates.controllerManager)
  const flags = [
    `--kubeconfig=${kubeconfig}`,
    `--service-account-private-key-file=${certificates.serviceAccountKey}`,
    `--root-ca-file=${certificates.caFile}`,
    '--use-service-account-credentials',
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(folder, 'controller-manager')}`,
    '--controllers=*,-nodeipam,-node-route-controller,-cloud-node-lifecycle',
  ]
  return startProcess('kube-controller-manager', requireExecutable('kubernetes', 'kube-controller-manager'), flags, folder)
}

async function untilReady(api: ApiClient, process: () => PeerProcess): Promise<void> {
  await untilAnswers(api, '/readyz', process)
}

async function untilAnswers(api: ApiClient, path: string, process: () => PeerProcess): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS
  while (Date.now() < deadline && !process().hasEnded()) {
    const status = await api.request('GET', path).then(
      (answer) => answer.status,
      () => 0,
    )
    if (status === 200) return
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS))
  }
  const log = await readFile(process().logFile, 'utf8').catch(() => '')
  throw new Error(`the API server did not answer ${path} within ${READY_TIMEOUT_MS} ms; the end of its log:\n${log.slice(-2_000)}`)
}

async function writeKubeconfig(folder: string, user: string, server: string, caFile: string, client: ClientCertificate): Promise<string> {
  const path = join(folder, `${user}.kubeconfig`)
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority': caFile } }],
    users: [{ name: user, user: { 'client-certificate': client.certificateFile, 'client-key': client.keyFile } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user } }],
  }
  await writeFile(path, JSON.stringify(config, undefined, 2), { mode: 0o600 })
  return path
}

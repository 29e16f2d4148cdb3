import { readFile } from 'node:fs/promises'
import { Agent, get } from 'node:https'
import { AttestationError } from '../../model.ts'
import { getBounded, type BoundedResponse } from '../bounded-request.ts'
import { parsePodList, type Pod } from './pods.ts'

/** Where this node's kubelet is and how it is asked. */
export interface KubeletSettings {
  /** Name or address, by default the node itself; `kubeletHost` of the chart. */
  readonly host?: string | undefined
  readonly port?: number | undefined
  /** Most kubelets have a certificate that they signed themselves, so the chart's default is true. */
  readonly skipVerification?: boolean | undefined
  /** PEM of who signed the kubelet's certificate, when it is verified. */
  readonly authorityFile?: string | undefined
  readonly tokenFile?: string | undefined
}

/** Asks the kubelet for the pods of its node, at this moment. */
export type FetchPods = (signal: AbortSignal) => Promise<readonly Pod[]>

/** What a kubelet client holds open. */
export interface Kubelet {
  readonly fetchPods: FetchPods
  close(): void
}

const KUBELET_PORT = 10_250
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'
const TIMEOUT_MS = 10_000
/** 250 pods of 100 KB each. */
const POD_LIST_BYTES_MAX = 64 * 1024 * 1024

/** A client of the node's kubelet. The token is read anew for every request: it is replaced about every hour. */
export function openKubelet(settings: KubeletSettings = {}): Kubelet {
  const agent = new Agent({ keepAlive: false, maxCachedSessions: 0 })
  const verify = settings.skipVerification === false

  async function fetchPods(signal: AbortSignal): Promise<readonly Pod[]> {
    const token = await readCredential(settings.tokenFile ?? `${SERVICE_ACCOUNT}/token`, 'token')
    const authority = verify ? await readCredential(settings.authorityFile ?? `${SERVICE_ACCOUNT}/ca.crt`, 'authority') : undefined
    const response = await request(token.trim(), authority, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]))
    if (response.status !== 200) throw new AttestationError('UNAVAILABLE', explainStatus(response.status))
    const pods = parsePodList(response.body.toString('utf8'))
    if (pods === undefined) throw new AttestationError('UNAVAILABLE', 'The kubelet did not answer with a list of pods.')
    return pods
  }

  async function request(token: string, authority: string | undefined, signal: AbortSignal): Promise<BoundedResponse> {
    try {
      return await getBounded(
        (options, onResponse) => get({ ...options, rejectUnauthorized: verify, ...(authority === undefined ? {} : { ca: authority }) }, onResponse),
        {
          host: settings.host ?? '127.0.0.1',
          port: settings.port ?? KUBELET_PORT,
          path: '/pods',
          agent,
          headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
          signal,
        },
        POD_LIST_BYTES_MAX,
      )
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new AttestationError('UNAVAILABLE', `The kubelet could not be asked: ${reason}.`, { cause: error })
    }
  }

  return { fetchPods, close: () => agent.destroy() }
}

async function readCredential(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new AttestationError('UNAVAILABLE', `The ${what} for the kubelet could not be read from ${path}.`, { cause: error })
  }
}

/** The kubelet itself accepts either right: the narrow one from Kubernetes 1.33 on (KEP-2862), the wide one before. */
function explainStatus(status: number): string {
  if (status === 401) return "The kubelet does not accept the agent's token."
  if (status === 403)
    return "The kubelet denies the list of pods; grant the agent's ServiceAccount get on nodes/pods (Kubernetes 1.33 and newer) or on nodes/proxy."
  return `The kubelet answered with status ${status}.`
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { SelfSigned } from './certificate.ts'

/** Rights on the resource `nodes` that a token may have, verb get. */
export type NodeRight = 'nodes/pods' | 'nodes/proxy' | 'nodes/stats'

/** What the fake is started with. */
export interface FakeKubeletOptions {
  readonly certificate: SelfSigned
  /** Tokens that authenticate, with the rights of their ServiceAccounts. */
  readonly tokens: ReadonlyMap<string, readonly NodeRight[]>
  /** `KubeletFineGrainedAuthz` (KEP-2862): on by default from Kubernetes 1.33; without it only `nodes/proxy` opens `/pods`. */
  readonly fineGrainedAuthorization?: boolean
}

/** A kubelet as far as attestation meets it. */
export interface FakeKubelet {
  readonly port: number
  /** Requests so far, refused ones included. */
  readonly requests: number
  /** The highest number of requests that were open at once. */
  readonly concurrentMax: number
  /** v1 Pods that the next answer has. */
  setPods(pods: readonly unknown[]): void
  /** Replaces all tokens, as a rotation does. */
  setTokens(tokens: ReadonlyMap<string, readonly NodeRight[]>): void
  /** Answers that follow: as a kubelet does, with an error, with something that is no list, or not before {@link FakeKubelet.release}. */
  behave(how: 'well' | 'failing' | 'talking nonsense' | 'stalling'): void
  release(): void
  close(): Promise<void>
}

/**
 * Starts a fake on a free port of loopback. It refuses what a kubelet refuses: plain HTTP, a missing or unknown token (401), a token
 * without the right (403), other methods than GET (405) and other paths (404).
 */
export async function startFakeKubelet(options: FakeKubeletOptions): Promise<FakeKubelet> {
  let { tokens } = options
  let pods: readonly unknown[] = []
  let behaviour: Parameters<FakeKubelet['behave']>[0] = 'well'
  let requests = 0
  let open = 0
  let concurrentMax = 0
  let stalled: (() => void)[] = []

  function statusFor(request: IncomingMessage): number {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    const rights = token === undefined ? undefined : tokens.get(token)
    if (rights === undefined) return 401
    const fine = options.fineGrainedAuthorization !== false && rights.includes('nodes/pods')
    // A kubelet decides about the right before it looks whether there is such a path.
    if (!fine && !rights.includes('nodes/proxy')) return 403
    if (request.url !== '/pods' && request.url !== '/pods/') return 404
    return request.method === 'GET' ? 200 : 405
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const status = statusFor(request)
    if (status !== 200) return void response.writeHead(status, { 'content-type': 'text/plain' }).end(status === 401 ? 'Unauthorized' : 'refused')
    if (behaviour === 'failing') return void response.writeHead(500).end()
    const body = behaviour === 'talking nonsense' ? '<html>' : JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods })
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  }

  const { key, certificate } = options.certificate
  const server = createServer({ key, cert: certificate }, (request, response) => {
    requests += 1
    open += 1
    concurrentMax = Math.max(concurrentMax, open)
    response.once('close', () => (open -= 1))
    if (behaviour === 'stalling') stalled.push(() => answer(request, response))
    else answer(request, response)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    get requests() {
      return requests
    },
    get concurrentMax() {
      return concurrentMax
    },
    setPods: (next) => (pods = next),
    setTokens: (next) => (tokens = next),
    behave: (how) => (behaviour = how),
    release() {
      behaviour = 'well'
      for (const answerStalled of stalled) answerStalled()
      stalled = []
    },
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}

import { randomUUID } from 'node:crypto'
import { create } from '@bufbuild/protobuf'
import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { agentApi, serviceDefinition } from '@mintmark/contract/grpc'
import { formatBundle, parseTrustDomain, type Bundle, type TrustDomain } from '@mintmark/spiffe'
import { toRefusal } from './refusal.ts'
import { createTestIssuer, type Policy, type TestIssuer } from './testing-issuer.ts'
import { makeKeyset, type TestKeyset } from './testing-keyset.ts'

/** Seconds that SVIDs of the fake live, unless a test wants others. */
const TTL_SECONDS = 3_600

/** A strict stand-in for a trust domain server: real keys and certificates, sessions that are checked, limits of the contract. */
export interface FakeServer {
  readonly endpoint: string
  readonly trustDomain: TrustDomain
  policy: Policy
  ttlSeconds: number
  /** Foreign bundles that it announces. */
  federated: readonly Bundle[]
  configuration: Record<string, string>
  /** Name of the policy that it issues by. */
  issuancePolicy: string
  /** Refuses everything with this code while it is set. */
  outage: status | undefined
  /** Every batch that came, by kind, with its size. */
  readonly batches: { readonly kind: 'x509' | 'jwt'; readonly size: number }[]
  readonly evidence: { readonly type: string; readonly text: string }[]
  readonly bundle: () => Bundle
  readonly keyset: () => TestKeyset
  /** A new issuing key beside the old one; the old one is tainted. */
  readonly rotate: (options?: { readonly taint: boolean }) => Promise<void>
  /**
   * A new issuing key instead of all others, as an agent finds it that heard neither of the taint nor of the removal.
   * `rootsStay`: the bundle still holds the old roots, as it does when all keysets are below one upstream CA.
   */
  readonly replaceKeys: (options?: { readonly rootsStay: boolean }) => Promise<void>
  /** Sends the state to whoever watches. */
  readonly push: () => void
  /** Forgets all sessions, as a server that lost its keys would. */
  readonly dropSessions: () => void
  /** Ends the streams of all who watch. */
  readonly interrupt: (code: status) => void
  readonly close: () => Promise<void>
}

/** Starts the fake on a free port of loopback, without TLS. */
export async function startFakeServer(options: { readonly trustDomain: string; readonly now?: () => number; readonly port?: number }): Promise<FakeServer> {
  const parsed = parseTrustDomain(options.trustDomain)
  if (!parsed.ok) throw new Error(parsed.reason)
  const { trustDomain } = parsed
  const now = options.now ?? (() => Date.now())
  const keysets = [await makeKeyset(trustDomain, new Date(now()))]
  const tainted = new Set<TestKeyset>()
  const rootsOfBefore: Uint8Array[] = []
  const sessions = new Set<string>()
  const watchers = new Set<WatchCall>()
  let revision = 1n
  const server = new Server({ 'grpc.enable_channelz': 0 })

  const active = (): TestKeyset => {
    const keyset = keysets.at(-1)
    if (keyset === undefined) throw new Error('The fake has no keyset.')
    return keyset
  }
  const bundle = (): Bundle => ({
    trustDomain,
    x509Authorities: [...rootsOfBefore, ...keysets.map(({ root }) => root)],
    jwtAuthorities: keysets.map(({ jwtAuthority }) => jwtAuthority),
    sequence: revision,
  })
  const watchState = (): agentApi.WatchResponse =>
    create(agentApi.WatchResponseSchema, {
      bundles: [bundle(), ...fake.federated].map((one) => ({ trustDomain: one.trustDomain, document: formatBundle(one) })),
      issuingX509Authorities: keysets.filter((keyset) => !tainted.has(keyset)).map(({ subjectKeyId }) => subjectKeyId),
      taintedX509Authorities: [...tainted].map(({ subjectKeyId }) => subjectKeyId),
      taintedJwtKeys: [...tainted].map(({ jwtAuthority }) => jwtAuthority.keyId),
      configuration: fake.configuration,
      issuancePolicy: fake.issuancePolicy,
      revision,
    })
  const issuer = createTestIssuer({ trustDomain, now, keyset: active, policy: () => fake.policy, ttlSeconds: () => fake.ttlSeconds })
  server.addService(
    serviceDefinition(agentApi.AgentService),
    agentService({ fake: () => fake, issuer, sessions, watchers, watchState, expiresAt: () => Math.floor(now() / 1000) + TTL_SECONDS }),
  )
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${options.port ?? 0}`, ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error)))
  })
  const fake: FakeServer = {
    endpoint: `127.0.0.1:${port}`,
    trustDomain,
    policy: (attributes) => [{ path: `/user/${attributes.get('linux.user.id') ?? 'nobody'}` }],
    ttlSeconds: TTL_SECONDS,
    federated: [],
    configuration: {},
    issuancePolicy: 'first',
    outage: undefined,
    batches: [],
    evidence: [],
    bundle,
    keyset: active,
    async rotate(rotation = { taint: true }) {
      const old = active()
      keysets.push(await makeKeyset(trustDomain, new Date(now())))
      if (rotation.taint) tainted.add(old)
      fake.push()
    },
    async replaceKeys({ rootsStay } = { rootsStay: false }) {
      const next = await makeKeyset(trustDomain, new Date(now()))
      if (rootsStay) rootsOfBefore.push(...keysets.map(({ root }) => root))
      keysets.splice(0, keysets.length, next)
      tainted.clear()
      fake.push()
    },
    push() {
      revision += 1n
      for (const call of watchers) call.write(watchState())
    },
    dropSessions: () => sessions.clear(),
    interrupt(code) {
      for (const call of watchers) call.emit('error', { code, details: 'Interrupted by the test.' })
      watchers.clear()
    },
    close: async () => server.forceShutdown(),
  }
  return fake
}

type WatchCall = ServerWritableStream<agentApi.WatchRequest, agentApi.WatchResponse>

/** The handlers of AgentService. */
function agentService(parts: {
  readonly fake: () => FakeServer
  readonly issuer: TestIssuer
  readonly sessions: Set<string>
  readonly watchers: Set<WatchCall>
  readonly watchState: () => agentApi.WatchResponse
  readonly expiresAt: () => number
}): UntypedServiceImplementation {
  const { issuer, sessions, watchers } = parts
  function refusalOf(call: { readonly metadata: { get(name: string): unknown[] } }): { code: status; details: string } | undefined {
    const { outage } = parts.fake()
    if (outage !== undefined) return { code: outage, details: 'The fake is out.' }
    const [bearer] = call.metadata.get('authorization')
    return typeof bearer === 'string' && sessions.has(bearer.replace('Bearer ', '')) ? undefined : { code: status.UNAUTHENTICATED, details: 'No session.' }
  }
  function batch<Item, Result, Response>(kind: 'x509' | 'jwt', issue: (item: Item) => Promise<Result>, respond: (results: Result[]) => Response) {
    return (call: ServerUnaryCall<{ readonly items: readonly Item[] }, Response>, callback: sendUnaryData<Response>): void => {
      const refusal = refusalOf(call)
      const { items } = call.request
      parts.fake().batches.push({ kind, size: items.length })
      if (refusal !== undefined) callback(refusal)
      else if (items.length === 0 || items.length > 500) callback({ code: status.INVALID_ARGUMENT, details: 'Between 1 and 500 items.' })
      else void answerUnary(callback, async () => respond(await Promise.all(items.map(issue))))
    }
  }
  return {
    attest(call: ServerUnaryCall<agentApi.AttestRequest, agentApi.AttestResponse>, callback: sendUnaryData<agentApi.AttestResponse>) {
      const { outage, evidence, trustDomain } = parts.fake()
      if (outage !== undefined) {
        callback({ code: outage, details: 'The fake is out.' })
        return
      }
      evidence.push(...call.request.evidence.map(({ type, payload }) => ({ type, text: Buffer.from(payload).toString() })))
      const session = `session-${randomUUID()}`
      sessions.add(session)
      const sessionExpiresAtUnixSeconds = BigInt(parts.expiresAt())
      const named = { agentId: 'agent-1', trustDomain, clusterId: 'c-1', clusterName: 'test' }
      callback(null, create(agentApi.AttestResponseSchema, { session, sessionExpiresAtUnixSeconds, ...named }))
    },
    watch(call: WatchCall) {
      const refusal = refusalOf(call)
      if (refusal !== undefined) {
        call.emit('error', refusal)
        return
      }
      watchers.add(call)
      call.on('cancelled', () => watchers.delete(call))
      call.write(parts.watchState())
    },
    issueX509: batch('x509', issuer.issueX509, (results) => create(agentApi.IssueX509ResponseSchema, { results })),
    issueJwt: batch('jwt', issuer.issueJwt, (results) => create(agentApi.IssueJwtResponseSchema, { results })),
  }
}

/** Answers a unary call with what the work comes to: a message, or a refusal with its code. */
async function answerUnary<Response>(callback: sendUnaryData<Response>, work: () => Promise<Response>): Promise<void> {
  let response: Response
  try {
    response = await work()
  } catch (error) {
    const { code, message } = toRefusal(error)
    callback({ code, details: message })
    return
  }
  callback(null, response)
}

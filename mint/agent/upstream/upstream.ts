import { create, type DescMessage, type DescMethodUnary, type MessageShape } from '@bufbuild/protobuf'
import { status } from '@grpc/grpc-js'
import { agentApi } from '@mintmark/contract/grpc'
import type { Clock } from '../clock.ts'
import type { Issuance } from '../issuance.ts'
import type { AgentLog } from '../log.ts'
import { Refusal, toRefusal } from '../refusal.ts'
import { createBackOff } from './back-off.ts'
import { createBatcher } from './batch.ts'
import { createConnections } from './connections.ts'
import { channelSecurity, makeChannelCertificate } from './credentials.ts'
import { readJwt, readX509, wishJwt, wishX509, type X509Wish } from './issue.ts'
import { callUnary } from './rpc.ts'
import { createSession, type SessionFacts } from './session.ts'
import { CALL_TIMEOUT_MS, REQUEST_TIMEOUT_MS, type UpstreamSettings } from './settings.ts'
import { createWatch, type WatchState } from './watch.ts'

/** How issuance is batched: a server takes 500 items at most. */
const BATCH = { itemsMax: 500, requestsMax: 4, windowMs: 5 } as const
/** Waits when a server sheds load, in milliseconds. */
const SHED_BACK_OFF = { firstMs: 100, longestMs: 2_000 } as const
/** Tries of one call, over all endpoints. */
const TRIES_MAX = 6

/** The agent's side of the trust domain server. */
export interface Upstream extends Issuance {
  start(): void
  /** Attested, and the stream of trust is open. */
  isHealthy(): boolean
  facts(): SessionFacts | undefined
  /** Called when the server answers again after it did not. */
  onRestored(listener: () => void): void
  close(): void
}

/** What an upstream needs from the agent. */
export interface UpstreamParts {
  readonly settings: UpstreamSettings
  readonly clock: Clock
  readonly random: () => number
  readonly log: AgentLog
  readonly identities: () => number
  readonly onState: (state: WatchState) => void
}

/** Connects session, stream and issuance over one set of connections. Nothing is dialled before `start` or the first call. */
export async function createUpstream(parts: UpstreamParts): Promise<Upstream> {
  const { settings, clock, random } = parts
  const log = parts.log.logger('agent.upstream')
  const certificate = await makeChannelCertificate(new Date(clock.now()))
  const connections = createConnections({
    endpoints: settings.endpoints,
    security: channelSecurity(settings, certificate, log),
    maxAgeMs: settings.connectionMaxAgeMs,
    clock,
    random,
    log,
  })
  const session = createSession({
    settings,
    connections,
    certificateThumbprint: certificate.thumbprint,
    clock,
    random,
    log: parts.log.logger('agent.attestation'),
  })
  const availability = trackAvailability()
  const watch = createWatch({
    connections,
    session,
    clock,
    random,
    log,
    identities: parts.identities,
    onState: (state) => {
      availability.worked()
      parts.onState(state)
    },
    onLost: availability.failed,
  })

  async function call<I extends DescMessage, O extends DescMessage>(method: DescMethodUnary<I, O>, request: MessageShape<I>): Promise<MessageShape<O>> {
    const deadline = clock.now() + CALL_TIMEOUT_MS
    const shed = createBackOff(SHED_BACK_OFF, random)
    const tried = new Set<string>()
    let isSessionRenewed = false
    for (let attempt = 1; ; attempt++) {
      const connection = connections.pick()
      tried.add(connection.endpoint)
      let bearer = ''
      try {
        bearer = await session.bearer()
        const answer = await callUnary(connection.client, method, request, { bearer, deadline: Math.min(deadline, clock.now() + REQUEST_TIMEOUT_MS) })
        connections.worked(connection)
        availability.worked()
        return answer
      } catch (error) {
        const refusal = toRefusal(error)
        const waitMs = refusal.code === status.RESOURCE_EXHAUSTED ? shed.next() : 0
        if (attempt >= TRIES_MAX || clock.now() + waitMs >= deadline) throw failed(refusal)
        if (refusal.code === status.UNAUTHENTICATED && bearer !== '' && !isSessionRenewed) {
          isSessionRenewed = true
          session.invalidate(bearer)
        } else if (waitMs > 0) await new Promise<void>((resolve) => clock.after(waitMs, resolve))
        else if (bearer !== '' && isOutage(refusal)) {
          connections.failed(connection)
          if (tried.has(connections.pick().endpoint)) throw failed(refusal)
        } else throw failed(refusal)
      }
    }
  }
  function failed(refusal: Refusal): Refusal {
    if (isOutage(refusal)) availability.failed()
    return refusal.code === status.UNAUTHENTICATED
      ? new Refusal(status.UNAVAILABLE, 'The trust domain server does not accept the session of this agent.', { cause: refusal })
      : refusal
  }

  const later = (ms: number, run: () => void): void => void clock.after(ms, run)
  const x509 = createBatcher<X509Wish, agentApi.X509Result>(
    BATCH,
    async (wishes) =>
      (await call(agentApi.AgentService.method.issueX509, create(agentApi.IssueX509RequestSchema, { items: wishes.map(({ item }) => item) }))).results,
    later,
  )
  const jwt = createBatcher<agentApi.JwtItem, agentApi.JwtResult>(
    BATCH,
    async (items) => (await call(agentApi.AgentService.method.issueJwt, create(agentApi.IssueJwtRequestSchema, { items: [...items] }))).results,
    later,
  )
  return {
    async issueX509(workload) {
      const wish = wishX509(workload, settings.requireProofOfPossession)
      return readX509(wish, await x509.submit(wish))
    },
    issueJwt: async (wish) => readJwt(wish, await jwt.submit(wishJwt(wish))),
    start: watch.start,
    isHealthy: () => session.isValid() && watch.isConnected(),
    facts: session.facts,
    onRestored: availability.onRestored,
    close() {
      watch.close()
      session.close()
      connections.close()
    },
  }
}

function isOutage({ code }: Refusal): boolean {
  return code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED || code === status.CANCELLED
}

/** Knows whether the server answered last, and says so when it answers again. */
function trackAvailability(): { worked(): void; failed(): void; onRestored(listener: () => void): void } {
  const listeners: (() => void)[] = []
  let isDown = false
  return {
    worked() {
      if (!isDown) return
      isDown = false
      for (const listener of listeners) listener()
    },
    failed() {
      isDown = true
    },
    onRestored: (listener) => void listeners.push(listener),
  }
}

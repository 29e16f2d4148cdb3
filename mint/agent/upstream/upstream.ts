import { create } from '@bufbuild/protobuf'
import { agentApi } from '@mintmark/contract/grpc'
import type { Clock } from '../clock.ts'
import type { Issuance } from '../issuance.ts'
import type { AgentLog } from '../log.ts'
import type { SessionFacts } from './attest.ts'
import { createBatcher } from './batch.ts'
import { createCallServer } from './call.ts'
import { createConnections } from './connections.ts'
import { channelSecurity, makeChannelCertificate } from './credentials.ts'
import { readJwt, readX509, wishJwt, wishX509, type X509Wish } from './issue.ts'
import { createSession } from './session.ts'
import type { UpstreamSettings } from './settings.ts'
import { createWatch, type WatchState } from './watch.ts'

/** How issuance is batched: a server takes 500 items at most. */
const BATCH = { itemsMax: 500, requestsMax: 4, windowMs: 5 } as const
/** New roots make a fleet's agents connect anew within so many milliseconds, each at its own moment; they are published long before they are needed. */
const ROOTS_SPREAD_MS = 20_000

/** The agent's side of the trust domain server. */
export interface Upstream extends Issuance {
  readonly start: () => void
  /** Attested, and the stream of trust is open. */
  readonly isHealthy: () => boolean
  readonly facts: () => SessionFacts | undefined
  /** Called when the server answers again after it did not. */
  readonly onRestored: (listener: () => void) => void
  /** The own trust domain has other roots: connections are made anew with them, each agent at its own moment. */
  readonly rootsChanged: () => void
  readonly close: () => void
}

/** What an upstream needs from the agent. */
export interface UpstreamParts {
  readonly settings: UpstreamSettings
  readonly clock: Clock
  readonly random: () => number
  readonly log: AgentLog
  readonly identities: () => number
  /** Roots of the own trust domain as they are known now, PEM; empty before the first bundle. */
  readonly trustedPem: () => string
  readonly onState: (state: WatchState) => void
}

/** Connects session, stream and issuance over one set of connections. Nothing is dialled before `start` or the first call. */
export async function createUpstream(parts: UpstreamParts): Promise<Upstream> {
  const { settings, clock, random } = parts
  const log = parts.log.logger('agent.upstream')
  const certificate = await makeChannelCertificate(new Date(clock.now()))
  const connections = createConnections({
    endpoints: settings.endpoints,
    security: channelSecurity(settings, certificate, parts.trustedPem, log),
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

  const call = createCallServer({ connections, session, clock, random, onAnswered: availability.worked, onOutage: availability.failed })
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
    rootsChanged: () => void clock.after(random() * ROOTS_SPREAD_MS, connections.renew),
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

/** Knows whether the server answered last, and says so when it answers again. */
function trackAvailability(): { readonly worked: () => void; readonly failed: () => void; readonly onRestored: (listener: () => void) => void } {
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

import { formatJwtBundle, parseBundle, parseTrustDomain, trustDomainId, type Bundle, type SpiffeId, type TrustDomain } from '@mintmark/spiffe'
import { status } from '../status.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import { Refusal } from '../refusal.ts'

/** Most trust domains that an agent keeps, its own among them. */
const TRUST_DOMAINS_MAX = 1_000
/** How long a call waits for the first bundles of a starting agent, in milliseconds. */
const FIRST_WAIT_MS = 5_000

/** One trust domain's bundle, and the forms in which workloads get it; made once and shared by all messages. */
export interface TrustedDomain {
  readonly id: SpiffeId
  readonly bundle: Bundle
  /** The document as the server sent it: what says whether it has changed. */
  readonly document: string
  /** Concatenated DER of the roots. */
  readonly x509: Uint8Array
  /** Plain JWKS with JWT keys only. */
  readonly jwt: Uint8Array
}

/** Everything that the agent trusts at one moment. Replaced as a whole, never changed. */
export interface TrustState {
  /** Grows with every replacement; identical content keeps it. */
  readonly revision: number
  readonly own: TrustedDomain
  /** Foreign trust domains, in the order of their names. */
  readonly federated: readonly TrustedDomain[]
  /** Subject key ids, hex, of certificates whose SVIDs count. */
  readonly issuingX509: ReadonlySet<string>
  readonly taintedX509: ReadonlySet<string>
  readonly taintedJwt: ReadonlySet<string>
}

/** What a server says of trust: its own bundle first. */
export interface TrustUpdate {
  readonly bundles: readonly { readonly trustDomain: string; readonly document: string }[]
  readonly issuingX509: readonly string[]
  readonly taintedX509: readonly string[]
  readonly taintedJwt: readonly string[]
}

/** What the agent trusts now, and who wants to know when that changes. */
export interface Trust {
  readonly current: () => TrustState | undefined
  /** The state, as soon as there is one. @throws Refusal UNAVAILABLE when a starting agent has none in time */
  readonly ready: () => Promise<TrustState>
  readonly bundleOf: (trustDomain: TrustDomain) => Bundle | undefined
  readonly replace: (update: TrustUpdate) => void
  readonly subscribe: (listener: (state: TrustState) => void) => () => void
}

/** What trust needs. */
export interface TrustParts {
  readonly clock: Clock
  readonly log: Logger
  /** Hears of every bundle that is added or updated. */
  readonly onBundle?: (trustDomain: string) => void
}

/** Keeps the bundles. A bundle that cannot be read changes nothing: what was trusted before goes on. */
export function createTrust(parts: TrustParts): Trust {
  let state: TrustState | undefined
  const listeners = new Set<(state: TrustState) => void>()
  function replace(update: TrustUpdate): void {
    const next = nextState(state, update, parts)
    if (next === undefined || next === state) return
    state = next
    for (const listener of listeners) listener(next)
  }
  return {
    current: () => state,
    ready: () => (state === undefined ? firstState(parts.clock, listeners) : Promise.resolve(state)),
    bundleOf: (trustDomain) =>
      state === undefined ? undefined : [state.own, ...state.federated].find(({ bundle }) => bundle.trustDomain === trustDomain)?.bundle,
    replace,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function firstState(clock: Clock, listeners: Set<(state: TrustState) => void>): Promise<TrustState> {
  return new Promise((resolve, reject) => {
    const arrived = (state: TrustState): void => {
      listeners.delete(arrived)
      cancel()
      resolve(state)
    }
    const cancel = clock.after(FIRST_WAIT_MS, () => {
      listeners.delete(arrived)
      reject(new Refusal(status.UNAVAILABLE, 'The agent has not heard from a trust domain server yet.'))
    })
    listeners.add(arrived)
  })
}

function nextState(before: TrustState | undefined, update: TrustUpdate, { log, onBundle }: TrustParts): TrustState | undefined {
  const known = new Map(before === undefined ? [] : [before.own, ...before.federated].map((domain) => [domain.bundle.trustDomain as string, domain]))
  const domains: TrustedDomain[] = []
  for (const { trustDomain, document } of update.bundles.slice(0, TRUST_DOMAINS_MAX)) {
    const old = known.get(trustDomain)
    const domain = old?.document === document ? old : readDomain(trustDomain, document, log)
    if (domain === undefined) {
      if (old !== undefined) domains.push(old)
      else if (domains.length === 0) return before
      continue
    }
    if (domain !== old) {
      log.info('Bundle added or updated', { trustDomain })
      onBundle?.(trustDomain)
    }
    domains.push(domain)
  }
  const [own, ...rest] = domains
  if (own === undefined) return before
  for (const name of known.keys()) if (!domains.some(({ bundle }) => bundle.trustDomain === name)) log.info('Bundle removed', { trustDomain: name })
  const federated = rest.sort((a, b) => (a.bundle.trustDomain < b.bundle.trustDomain ? -1 : 1))
  const next = {
    own,
    federated,
    issuingX509: new Set(update.issuingX509),
    taintedX509: new Set(update.taintedX509),
    taintedJwt: new Set(update.taintedJwt),
  }
  return before !== undefined && sameState(before, next) ? before : { ...next, revision: (before?.revision ?? 0) + 1 }
}

function readDomain(name: string, document: string, log: Logger): TrustedDomain | undefined {
  const parsed = parseTrustDomain(name)
  const result = parsed.ok ? parseBundle(parsed.trustDomain, document) : parsed
  if (!parsed.ok || !result.ok) {
    log.error('A bundle cannot be read and is left as it was', { trustDomain: name, reason: result.ok ? '' : result.reason })
    return undefined
  }
  const { bundle } = result
  return {
    id: trustDomainId(parsed.trustDomain),
    bundle,
    document,
    x509: Buffer.concat(bundle.x509Authorities),
    jwt: Buffer.from(formatJwtBundle(bundle)),
  }
}

function sameState(a: TrustState, b: Omit<TrustState, 'revision'>): boolean {
  return (
    a.own === b.own &&
    a.federated.length === b.federated.length &&
    a.federated.every((domain, index) => domain === b.federated[index]) &&
    sameSet(a.issuingX509, b.issuingX509) &&
    sameSet(a.taintedX509, b.taintedX509) &&
    sameSet(a.taintedJwt, b.taintedJwt)
  )
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((value) => b.has(value))
}

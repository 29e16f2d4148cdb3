import type { OutboundFetch } from '@mintmark/mint/attestation'
import { parseBundle, parseTrustDomain, type Bundle } from '@mintmark/spiffe'
import type { TrustFeed } from '../bundles/trust.ts'
import { eventId } from '../events/id.ts'
import { describeError, type ServerLog } from '../log.ts'
import type { FederationLinkRow, FederationStore, MintEvent } from '../ports.ts'
import { fetchBundle } from './fetch-bundle.ts'

/** Seconds between two polls where the bundle has no hint, and the bounds of a hint (rule 23). */
const POLL_SECONDS = 300
const POLL_SECONDS_MIN = 10
const POLL_SECONDS_MAX = 86_400
/** Part of an interval by which each poll is earlier or later, so that many links do not poll together. */
const JITTER = 0.1
/** Seconds that a link is one replica's while it is polled. */
const CLAIM_SECONDS = 120
const LINKS_AT_ONCE = 8
const PAGE_SIZE = 200
const LINKS_MAX = 1_000

/** The federated trust domains of a server. */
export interface Federation {
  /** Polls what is due, and takes over what other replicas have found. Never rejects. */
  run(): Promise<void>
  /** Polls one link now. @returns the link afterwards */
  pollNow(link: FederationLinkRow): Promise<FederationLinkRow>
  /** Reads links anew; after a change of one. */
  reload(): Promise<void>
  close(): void
}

/** What federation works with. */
export interface FederationDependencies {
  readonly store: FederationStore
  readonly trustDomainId: string
  readonly trust: TrustFeed
  readonly fetch: OutboundFetch
  readonly now: () => Date
  readonly record: (event: MintEvent) => void
  readonly log: ServerLog
  readonly pollMs: number
  /** Between 0 and 1. */
  readonly random?: () => number
}

/** Polls bundle endpoints: one replica each link, no retry before the next interval (rule 21), the latest accepted bundle stays in use meanwhile. */
export function createFederation(dependencies: FederationDependencies): Federation {
  const { store, trustDomainId, trust, now, log } = dependencies
  const parsed = new Map<string, { readonly document: string; readonly bundle: Bundle }>()
  let running: Promise<void> | undefined
  let isAway = false

  function bundleOf(link: FederationLinkRow): Bundle | undefined {
    if (link.bundleDocument === undefined) return undefined
    const known = parsed.get(link.id)
    if (known?.document === link.bundleDocument) return known.bundle
    const name = parseTrustDomain(link.foreignTrustDomain)
    const read = name.ok ? parseBundle(name.trustDomain, link.bundleDocument) : name
    if (!read.ok) return undefined
    parsed.set(link.id, { document: link.bundleDocument, bundle: read.bundle })
    return read.bundle
  }

  async function reload(): Promise<void> {
    const links = await readLinks(store, trustDomainId)
    const ids = new Set(links.map(({ id }) => id))
    for (const id of parsed.keys()) if (!ids.has(id)) parsed.delete(id)
    const bundles = links.flatMap((link) => bundleOf(link) ?? [])
    trust.setFederated(bundles.toSorted((a, b) => (a.trustDomain < b.trustDomain ? -1 : 1)))
  }

  async function pollNow(link: FederationLinkRow): Promise<FederationLinkRow> {
    const federated = trust.current()
    const polled = await fetchBundle(link, {
      fetch: dependencies.fetch,
      now,
      bundleOf: (name) => [federated.own, ...federated.federated].find(({ trustDomain }) => trustDomain === name),
    })
    const at = now()
    const interval = intervalOf(polled.ok ? polled.bundle : bundleOf(link))
    const nextPollAt = new Date(at.getTime() + interval * 1000 * (1 - JITTER + 2 * JITTER * (dependencies.random ?? Math.random)())).toISOString()
    const isNew = polled.ok && polled.document !== link.bundleDocument
    recordPoll(
      link,
      polled.ok ? { status: polled.status, isNew } : { error: polled.reason, ...(polled.status === undefined ? {} : { status: polled.status }) },
      at,
      dependencies,
    )
    const common = { lastPolledAt: at.toISOString(), nextPollAt }
    const updated = await store.update(
      link.id,
      polled.ok
        ? {
            ...common,
            lastSucceededAt: at.toISOString(),
            lastError: undefined,
            ...(isNew ? { bundleDocument: polled.document, bundleUpdatedAt: at.toISOString() } : {}),
          }
        : { ...common, lastError: polled.reason },
    )
    if (!polled.ok)
      log.warn(
        { logger: 'server.federation', trustDomain: link.foreignTrustDomain, reason: polled.reason },
        'Bundle endpoint could not be polled; the last bundle stays in use',
      )
    return updated ?? link
  }

  async function poll(): Promise<void> {
    try {
      const at = now()
      // Another trust domain's links are its own servers' to poll: only they know whom it trusts.
      const due = await store.claimDue(at, new Date(at.getTime() + CLAIM_SECONDS * 1000), LINKS_AT_ONCE, trustDomainId)
      await Promise.allSettled(due.map(pollNow))
      await reload()
      if (isAway) log.info({ logger: 'server.federation' }, 'Federation links can be read again')
      isAway = false
    } catch (error) {
      if (!isAway) log.warn({ logger: 'server.federation', ...describeError(error) }, 'Federation links cannot be read; known bundles stay in use')
      isAway = true
    }
  }

  const run = async (): Promise<void> => {
    running ??= poll().finally(() => (running = undefined))
    await running
  }
  const timer = setInterval(() => void run(), dependencies.pollMs)
  timer.unref()
  return { run, pollNow, reload, close: () => clearInterval(timer) }
}

async function readLinks(store: FederationStore, trustDomainId: string): Promise<readonly FederationLinkRow[]> {
  const links: FederationLinkRow[] = []
  let cursor: string | undefined
  do {
    const page = await store.list({ trustDomainId, size: PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) })
    links.push(...page.items)
    cursor = page.next
  } while (cursor !== undefined && links.length < LINKS_MAX)
  return links
}

function intervalOf(bundle: Bundle | undefined): number {
  return Math.min(Math.max(bundle?.refreshHintSeconds ?? POLL_SECONDS, POLL_SECONDS_MIN), POLL_SECONDS_MAX)
}

function recordPoll(
  link: FederationLinkRow,
  outcome: { readonly status?: number; readonly error?: string; readonly isNew?: boolean },
  at: Date,
  { record }: FederationDependencies,
): void {
  record({
    id: eventId(at),
    at: at.toISOString(),
    type: 'federation_link_polled',
    trustDomainId: link.trustDomainId,
    outcome: outcome.error === undefined ? 'success' : 'failure',
    ...(outcome.error === undefined ? {} : { error: outcome.error }),
    details: {
      link: link.id,
      foreignTrustDomain: link.foreignTrustDomain,
      ...(outcome.status === undefined ? {} : { status: outcome.status }),
      ...(outcome.isNew === undefined ? {} : { bundleChanged: outcome.isNew }),
    },
  })
}

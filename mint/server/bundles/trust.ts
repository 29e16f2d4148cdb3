import type { Authority } from '@mintmark/mint/authority'
import { formatBundle, type Bundle } from '@mintmark/spiffe'
import type { BundleSet } from '../ports.ts'

/** What a trust domain trusts at one moment, as it is handed out. */
export interface Trust extends BundleSet {
  /** SPIFFE bundle documents, the own one first. */
  readonly documents: readonly { readonly trustDomain: string; readonly document: string }[]
  /** Subject key ids, hex: of certificates whose SVIDs count, and of those whose SVIDs are to be renewed. */
  readonly issuingX509: readonly string[]
  readonly taintedX509: readonly string[]
  readonly taintedJwt: readonly string[]
  readonly revision: bigint
}

/** The trust that agents are told of: the own authority's, and the bundles of federated trust domains beside it, never merged (rule 22). */
export interface TrustFeed {
  current(): Trust
  subscribe(listener: () => void): () => void
  /** Replaces the federated bundles. Tells listeners only when something has changed. */
  setFederated(bundles: readonly Bundle[]): void
  close(): void
}

/** A feed over the authority. */
export function createTrustFeed(authority: Authority): TrustFeed {
  const listeners = new Set<() => void>()
  let federated: readonly { readonly bundle: Bundle; readonly document: string }[] = []
  let trust: Trust | undefined
  function changed(): void {
    trust = undefined
    for (const listener of listeners) listener()
  }
  const unsubscribe = authority.subscribe(changed)
  return {
    current: () => (trust ??= describeTrust(authority, federated)),
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    setFederated: (bundles) => {
      const own = authority.current().bundle.trustDomain
      const next = bundles.filter(({ trustDomain }) => trustDomain !== own).map((bundle) => ({ bundle, document: formatBundle(bundle) }))
      const isSame =
        next.length === federated.length &&
        next.every(({ bundle, document }, index) => federated[index]?.document === document && federated[index].bundle.trustDomain === bundle.trustDomain)
      if (isSame) return
      federated = next
      changed()
    },
    close: () => {
      unsubscribe()
      listeners.clear()
    },
  }
}

function describeTrust(authority: Authority, federated: readonly { readonly bundle: Bundle; readonly document: string }[]): Trust {
  const snapshot = authority.current()
  const own = snapshot.bundle
  return {
    own,
    federated: federated.map(({ bundle }) => bundle),
    documents: [
      { trustDomain: own.trustDomain, document: formatBundle(own) },
      ...federated.map(({ bundle, document }) => ({ trustDomain: bundle.trustDomain, document })),
    ],
    issuingX509: snapshot.issuingX509,
    taintedX509: snapshot.taintedX509,
    taintedJwt: snapshot.taintedJwt,
    revision: snapshot.revision,
  }
}

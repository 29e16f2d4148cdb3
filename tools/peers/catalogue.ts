import { chromium } from './chromium.ts'
import { kubectl } from './kubectl.ts'
import { kubernetes } from './kubernetes/peer.ts'
import type { Peer } from './peer.ts'
import { gitleaks, kingfisher } from './scanners.ts'

/** Every real component, quick ones first so that a cut-off run has the most. */
export const PEERS: readonly Peer[] = [kubectl, kingfisher, chromium, gitleaks, kubernetes]
export const PEERS_BY_NAME = { chromium, gitleaks, kingfisher, kubectl, kubernetes } as const
export type PeerName = keyof typeof PEERS_BY_NAME

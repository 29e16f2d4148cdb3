import { chromium } from './chromium.ts'
import { kubectl } from './kubectl.ts'
import { kubernetes } from './kubernetes/peer.ts'
import type { Peer } from './peer.ts'
import { gitleaks, kingfisher } from './scanners.ts'
import { envoy, javaSpiffe, oldGrpc, pythonSpiffe, rustSpiffe, spiffe } from './spiffe/peers.ts'

/** Every real component, quick ones first so that a cut-off run has the most. */
export const PEERS: readonly Peer[] = [kubectl, kingfisher, chromium, envoy, pythonSpiffe, javaSpiffe, oldGrpc, spiffe, rustSpiffe, gitleaks, kubernetes]
/** The same by name. */
export const PEERS_BY_NAME = {
  chromium,
  envoy,
  gitleaks,
  'java-spiffe': javaSpiffe,
  kingfisher,
  kubectl,
  kubernetes,
  'old-grpc': oldGrpc,
  'python-spiffe': pythonSpiffe,
  'rust-spiffe': rustSpiffe,
  spiffe,
} as const
/** Name of a peer, as `npm run peers NAME` takes it. */
export type PeerName = keyof typeof PEERS_BY_NAME

/** How the agent reaches trust domain servers, and what it shows them. */
export interface UpstreamSettings {
  /** Host and port each, in order of preference; a host alone means port 443. */
  readonly endpoints: readonly string[]
  /** False only by `SPIRL_ENDPOINT_ENABLE_TLS=false`. */
  readonly tls: boolean
  /** Trust anchors for the endpoints, PEM, beside those of the system. */
  readonly supplementalRootsPem?: string
  /** Age after which a connection is replaced, in milliseconds, so that load finds new servers. */
  readonly connectionMaxAgeMs: number
  /** `c-…`; or the name. A cluster version key names its cluster itself. */
  readonly clusterId?: string
  readonly clusterName?: string
  readonly evidence: readonly EvidenceSettings[]
  readonly nodeName: string
  readonly platform: string
  readonly agentVersion: string
  readonly instanceId: string
  /** Certificate requests with proof of possession instead of bare public keys. */
  readonly requireProofOfPossession: boolean
}

/** One kind of evidence. Token files are read anew at every attestation, because they are rotated under the agent. */
export type EvidenceSettings =
  | { readonly type: 'k8s_token' | 'custom_jwt'; readonly tokenPath: string }
  | { readonly type: 'cvk'; readonly versionId: string; readonly privateKeyPem: string }

/** Reconnection ages of a connection vary by this share, so that agents started together part. */
export const MAX_AGE_JITTER = 0.1
/** Milliseconds for one request to one endpoint. */
export const REQUEST_TIMEOUT_MS = 5_000
/** Milliseconds for a call with all its tries. */
export const CALL_TIMEOUT_MS = 12_000
/** First and longest wait between tries of what goes on in the background, in milliseconds. */
export const BACKGROUND_BACK_OFF = { firstMs: 500, longestMs: 30_000 } as const

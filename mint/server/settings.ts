/** How a trust domain server runs; the process has read it from its settings. */
export interface TrustDomainServerSettings {
  /** `tdd-…`, when configuration is set for this deployment alone. */
  readonly deploymentId?: string
  /** Sessions without a client certificate are refused. Off where a load balancer ends TLS. */
  readonly requireBinding?: boolean
  /** Base URL of the public endpoints, without a slash at its end; also `iss` of JWT-SVIDs in mode `builtin`. */
  readonly publicUrl?: string
  /** `iss` of JWT-SVIDs: the public URL, none, or a URL of one's own (docs/mint/policies.md). */
  readonly jwtIssuer?: 'builtin' | 'disabled' | { readonly url: string }
  /** Hosts that the public endpoints answer for, beside that of `publicUrl` and loopback names. */
  readonly publicHosts?: readonly string[]
  /** Host names and CIDR ranges inside the network that URLs of configuration may reach, such as an API server's. */
  readonly outboundAllowed?: readonly string[]
  /** PEM of authorities that such URLs' servers may be signed by, beside the well-known ones. */
  readonly outboundRoots?: string
  /** Files with the server's own bearer tokens for TokenReview, by the base address of the API server that each is for. */
  readonly tokenReviewCredentials?: ReadonlyMap<string, string>
  /** Milliseconds between looks at the revision of configuration and at the keysets. */
  readonly pollMs?: number
  /** Events also go to standard output as OCSF (`ocsf.enabled`). */
  readonly ocsf?: boolean
}

/** Base URL without a slash at its end: the issuer is compared byte by byte (rule 43 of docs/conformance.md). */
export function issuerOf(settings: TrustDomainServerSettings): string | undefined {
  const mode = settings.jwtIssuer ?? 'builtin'
  if (mode === 'disabled') return undefined
  return mode === 'builtin' ? settings.publicUrl : mode.url
}

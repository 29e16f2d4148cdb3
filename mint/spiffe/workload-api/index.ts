/**
 * A client of the SPIFFE Workload API: sources of X.509-SVIDs, JWT-SVIDs and bundles that stay fresh, and TLS between workloads with them.
 */
export { ENDPOINT_VARIABLE, parseEndpointAddress } from './address.ts'
export { authorizeAny, authorizeId, authorizeMemberOf, type Authorize } from './authorize.ts'
export { WorkloadApiClient, type ClientSettings, type MessageStream, type StreamReader } from './client.ts'
export { WorkloadApiError } from './failure.ts'
export { checkEndpointUrl, fetchBundle, type BundleEndpoint, type BundleFetch } from './fetch-bundle.ts'
export { openJwtSource, type JwtRequest, type JwtSource } from './jwt-source.ts'
export { RETRY_STEP_MS, RETRY_WAIT_MAX_MS, type Wait } from './lasting-stream.ts'
export type { X509State } from './responses.ts'
export { openBundleSource, openX509Source, type BundleSource, type SourceSettings, type X509Source } from './sources.ts'
export { httpsAgent, peerIdOf, secureServer, tlsClientOptions, tlsServerOptions, verifyingOptions, type TlsSource, type TrustSource } from './tls.ts'

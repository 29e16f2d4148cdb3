import type { FormatOptions, ServerOptions } from '../server/options.ts'
import type { TrustDomainOptions } from '../trust-domain/options.ts'

/** What every verb on a cluster takes. */
export interface ClusterOptions extends TrustDomainOptions, FormatOptions, ServerOptions {}

/** Options of `cluster register` and `cluster add`. */
export interface RegisterOptions extends ClusterOptions {
  readonly platform: 'k8s' | 'istio' | 'eks' | 'eks-istio' | 'linux'
  readonly realm?: string
  readonly keyOut?: string
  readonly outDir?: string
}

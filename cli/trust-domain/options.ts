import { Option } from 'commander'

/** Which trust domain is meant. */
export interface TrustDomainOptions {
  readonly trustDomain?: string
}

/** `--trust-domain`, the same on every verb of Mint. */
export function trustDomainOption(): Option {
  return new Option('--trust-domain <name>', 'trust domain, by name or id (default: the only one)').env('SPIRL_TRUST_DOMAIN')
}

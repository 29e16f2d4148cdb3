import type { Authority } from '@mintmark/mint/authority'
import type { MintStores, ServerLog, TrustDomainServer } from '@mintmark/mint/server'

/** The trust domain that a server inside this process issues for. */
export interface ServedTrustDomain {
  readonly server: Pick<TrustDomainServer, 'administration' | 'events'>
  readonly authority: Pick<Authority, 'list' | 'refresh'>
  /** Where agents dial. */
  readonly agents: { readonly advertisedHost: string; readonly port: number; readonly usesTls: boolean }
  /** Base address of the bundle endpoint, the keys and the discovery document. */
  readonly publicUrl: string
  /** `iss` of JWT-SVIDs; absent: tokens have none. */
  readonly issuer?: string | undefined
}

/** What the operations of Mint work with. */
export interface MintOperationsDependencies {
  /** Absent: other processes issue. The registry, configuration and what was issued lie in the database that they share. */
  readonly served?: ServedTrustDomain | undefined
  readonly stores: MintStores
  readonly now: () => Date
  readonly log: ServerLog
}

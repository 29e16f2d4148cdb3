import { certificatesToPem, formatBundle, formatJwtBundle } from '@mintmark/spiffe'
import type { Federation } from '../federation/federation.ts'
import type { TrustDomainRow } from '../ports.ts'
import { administerClusters, type ClusterAdministration } from './clusters.ts'
import { administerConfiguration, type ConfigurationAdministration } from './configuration.ts'
import type { AdministrationDependencies } from './dependencies.ts'
import { administerFederation, type FederationAdministration } from './federation.ts'
import { administerIssuance, type IssuanceAdministration } from './issuance.ts'
import { administerKeysets, type KeysetAdministration } from './keysets.ts'

/** The trust bundle in the forms that clients want. */
export interface BundleView {
  readonly trustDomain: string
  readonly sequence: bigint
  /** SPIFFE bundle format. */
  readonly document: string
  /** JWT keys only, RFC 7517. */
  readonly jwks: string
  /** X.509 roots. */
  readonly pem: string
}

/** Everything that an administrator does with the trust domain of this server. All of it ends in AdministrationError. */
export interface MintAdministration {
  readonly trustDomain: TrustDomainRow
  readonly clusters: ClusterAdministration
  readonly keysets: KeysetAdministration
  readonly configuration: ConfigurationAdministration
  readonly federation: FederationAdministration
  readonly issuance: IssuanceAdministration
  bundle(): BundleView
}

/** Administration of one trust domain. */
export function createAdministration(trustDomain: TrustDomainRow, dependencies: AdministrationDependencies, federation: Federation): MintAdministration {
  return {
    trustDomain,
    clusters: administerClusters(dependencies),
    keysets: administerKeysets(dependencies),
    configuration: administerConfiguration(dependencies),
    federation: administerFederation(dependencies, federation),
    issuance: administerIssuance(dependencies),
    bundle: () => {
      const { bundle, revision } = dependencies.authority.current()
      return {
        trustDomain: bundle.trustDomain,
        sequence: bundle.sequence ?? revision,
        document: formatBundle(bundle),
        jwks: formatJwtBundle(bundle),
        pem: certificatesToPem(bundle.x509Authorities),
      }
    },
  }
}

import type {
  Attributes,
  Confidence,
  Deployment,
  DeploymentObservation,
  Exposure,
  Finding,
  IdentityObservation,
  Link,
  LinkObservation,
  Occurrence,
  OccurrenceObservation,
  UseObservation,
} from '@mintmark/contract/scan'

/** All that one scan knows of one namespace of one cluster: the unit of linking, because no edge of Kubernetes leaves a namespace. */
export interface NamespaceFacts {
  readonly cluster: string
  readonly namespace: string
  readonly deployments: readonly DeploymentObservation[]
  readonly uses: readonly UseObservation[]
  readonly occurrences: readonly OccurrenceObservation[]
  readonly identities: readonly IdentityObservation[]
  readonly links: readonly LinkObservation[]
  /** Why consumers may be missing (a workload kind was denied, partial or failed); absent when every workload was read (law 2). */
  readonly consumersIncomplete?: string
  /** The same for pull secrets, which also arrive through service accounts; absent means as `consumersIncomplete`. */
  readonly pullSecretsIncomplete?: string
}

/** An occurrence with its consumers and with the other parts of its credential. */
export interface LinkedOccurrence {
  readonly fingerprint: string
  readonly finding: Finding
  readonly occurrence: Occurrence
  /** `belongs-to` and `pairs-with` links that this place gives evidence for. */
  readonly links: readonly Link[]
  readonly existsSince?: { readonly at: string; readonly evidence: string }
  readonly consumersIncomplete?: string
}

/** A deployment with the secrets that it takes. Totals and level are filled where secrets are scored: by the report or by storage. */
export interface LinkedDeployment extends Omit<Deployment, 'secretsTotal' | 'level'> {
  /** Fingerprints of the secrets that it takes, sorted; complete also where the consumer list of an occurrence is cut. */
  readonly secrets: readonly string[]
}

/** What linking makes of one namespace. */
export interface LinkedNamespace {
  /** Secrets only: identifiers (role `identifier`) have become public ids, attributes, links and identities. */
  readonly occurrences: readonly LinkedOccurrence[]
  readonly deployments: readonly LinkedDeployment[]
  /** Observed identities and those that findings name, such as the owner of an access key. */
  readonly identities: readonly IdentityObservation[]
}

/** Last use as a source tells it. `unavailable` is not `never`: nobody has looked (law 3). */
export type Usage =
  | { readonly state: 'used'; readonly at: string }
  | { readonly state: 'never'; readonly observedSince: string }
  | { readonly state: 'unavailable'; readonly reason: string }

/** Rights of the owning identity as a source tells them. */
export type AuthorizationScope =
  | { readonly state: 'known'; readonly tier: 'narrow-read' | 'broad-read' | 'broad-write' | 'administrator'; readonly reason: string }
  | { readonly state: 'unavailable'; readonly reason: string }

/** Everything that risk needs of one secret, merged over all its occurrences. */
export interface SecretFacts {
  readonly fingerprint: string
  readonly kind: string
  readonly provider: string
  readonly confidence: Confidence
  readonly publicId?: string
  readonly attributes: Attributes
  readonly reasons: readonly string[]
  readonly createdAt?: string
  readonly expiresAt?: string
  /** Lower bound of the age: the value already existed then. */
  readonly existsSince?: { readonly at: string; readonly evidence: string }
  /** Distinct exposure classes, each with one place as evidence. */
  readonly exposures: readonly { readonly exposure: Exposure; readonly evidence: string }[]
  /** Keys of the applications that use it, sorted. */
  readonly applications: readonly string[]
  /** Why there may be more applications; absent when all were seen. */
  readonly applicationsIncomplete?: string
  readonly usage: Usage
  readonly authorization: AuthorizationScope
  readonly links: readonly Link[]
}

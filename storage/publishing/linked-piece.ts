import type { DeploymentObservation, IdentityObservation, Link } from '@mintmark/contract/scan'
import { LIMITS } from '@mintmark/contract/scan'
import type { LinkedDeployment, LinkedOccurrence } from '@mintmark/ledger/model'
import { fingerprintUuid } from '../schema/hash.ts'
import type { NamespacePiece, Origin } from './namespace-reader.ts'
import type { Publication } from './publication.ts'

/** What linking made of a piece, ready to be written. */
export interface LinkedPiece {
  readonly namespace: string
  readonly from: string
  readonly to: string
  /** 1 for the first or only piece of a namespace. */
  readonly part: number
  readonly occurrences: readonly LinkedOccurrence[]
  readonly origins: ReadonlyMap<string, Origin>
  /** Of a fingerprint, as uuid. */
  readonly uuidOf: (fingerprint: string) => string
  readonly shared: (fingerprint: string) => boolean
  /** Which deployments take a secret here, by fingerprint as uuid. */
  readonly takers: ReadonlyMap<string, readonly LinkedDeployment[]>
  /** Of the whole namespace; filled for its last piece only, as `complete` says. */
  readonly deployments: readonly LinkedDeployment[]
  readonly identities: readonly IdentityObservation[]
  readonly complete: boolean
  /** How a deployment was given its application, by the deployment's key. */
  readonly grouping: ReadonlyMap<string, DeploymentObservation['application']>
}

/** Links a piece. What earlier pieces of the same namespace said of its deployments and identities is carried on to the last one. */
export function linkPiece({ derivation }: Publication, piece: NamespacePiece, earlier: LinkedPiece | undefined): LinkedPiece {
  const linked = derivation.linkNamespace(piece.facts)
  const uuids = new Map<string, string>()
  for (const { observation, fingerprint } of piece.origins.values()) uuids.set(observation.finding.fingerprint, fingerprint)
  const uuidOf = (fingerprint: string): string => uuids.get(fingerprint) ?? fingerprintUuid(fingerprint)
  const takers = new Map<string, LinkedDeployment[]>()
  for (const deployment of linked.deployments) {
    for (const secret of deployment.secrets) {
      const fingerprint = uuidOf(secret)
      const known = takers.get(fingerprint)
      if (known === undefined) takers.set(fingerprint, [deployment])
      else known.push(deployment)
    }
  }
  return {
    namespace: piece.facts.namespace,
    from: piece.from,
    to: piece.to,
    part: (earlier?.part ?? 0) + 1,
    occurrences: linked.occurrences,
    origins: piece.origins,
    uuidOf,
    shared: piece.shared,
    takers,
    deployments: earlier === undefined ? linked.deployments : mergeDeployments(earlier.deployments, linked.deployments),
    identities: earlier === undefined ? linked.identities : mergeIdentities(earlier.identities, linked.identities),
    complete: piece.last,
    grouping: new Map(piece.facts.deployments.map(({ key, application }) => [key, application])),
  }
}

function mergeDeployments(left: readonly LinkedDeployment[], right: readonly LinkedDeployment[]): LinkedDeployment[] {
  const others = new Map(right.map((deployment) => [deployment.key, deployment]))
  return left.map((deployment) => ({ ...deployment, links: mergeLinks(deployment.links, others.get(deployment.key)?.links ?? []) }))
}

function mergeLinks(left: readonly Link[], right: readonly Link[]): Link[] {
  const links = new Map(left.map((link) => [`${link.relation} ${link.target}`, link]))
  for (const link of right) {
    const name = `${link.relation} ${link.target}`
    if (!links.has(name)) links.set(name, link)
  }
  return [...links.values()].slice(0, LIMITS.listItemsMax)
}

function mergeIdentities(left: readonly IdentityObservation[], right: readonly IdentityObservation[]): IdentityObservation[] {
  return [...new Map([...left, ...right].map((identity) => [identity.key, identity])).values()]
}

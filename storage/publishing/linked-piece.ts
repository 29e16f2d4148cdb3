import type { DeploymentObservation, IdentityObservation, Link } from '@mintmark/contract/scan'
import { LIMITS } from '@mintmark/contract/scan'
import type { LinkedDeployment, LinkedOccurrence } from '@mintmark/ledger/model'
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
  readonly repeats: boolean
  readonly shared: (fingerprint: string) => boolean
  /** Which deployments take a secret here, by its fingerprint. */
  readonly takers: ReadonlyMap<string, readonly LinkedDeployment[]>
  /** Of the whole namespace; filled for its last piece only, as `complete` says. */
  readonly deployments: readonly LinkedDeployment[]
  readonly identities: readonly IdentityObservation[]
  readonly complete: boolean
  /** How a deployment was given its application, by the deployment's key. */
  readonly grouping: ReadonlyMap<string, DeploymentObservation['application']>
}

/** The stored observation behind an occurrence that linking has made. */
export function originOf({ origins }: LinkedPiece, { occurrence }: LinkedOccurrence): Origin {
  const origin = origins.get(occurrence.id)
  if (origin === undefined) throw new Error('Linking has made an occurrence that nobody observed')
  return origin
}

/** Links a piece. What earlier pieces of the same namespace said of its deployments and identities is carried on to the last one. */
export function linkPiece({ derivation }: Publication, piece: NamespacePiece, earlier: LinkedPiece | undefined): LinkedPiece {
  const linked = derivation.linkNamespace(piece.facts)
  const takers = new Map<string, LinkedDeployment[]>()
  for (const deployment of linked.deployments) {
    for (const secret of deployment.secrets) {
      const known = takers.get(secret)
      if (known === undefined) takers.set(secret, [deployment])
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
    repeats: piece.repeats,
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

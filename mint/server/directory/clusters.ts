import { createHash } from 'node:crypto'
import type { AgentAttestation } from '@mintmark/mint/attestation'
import type { TrustDomain } from '@mintmark/spiffe'
import type { ResolvedSections } from '../configuration/resolve.ts'
import { IssuancePolicySpec } from '../policy/schema.ts'
import { compilePolicy, type CompiledPolicy } from '../policy/compile.ts'
import type { ClusterRow, ClusterVersionRow, RegistryStore } from '../ports.ts'
import { createRemembered } from './remembered.ts'

/** A cluster with its configuration, compiled: all that a call of one of its agents needs. */
export interface LiveCluster {
  readonly row: ClusterRow
  readonly realm: string | undefined
  readonly policy: CompiledPolicy
  /** The same on every replica for the same policy, another one when workloads may be called otherwise. */
  readonly policyName: string
  readonly attestation: AgentAttestation
  /** Attributes that the server knows of every workload of the cluster; they win over what agents send. */
  readonly attributes: ReadonlyMap<string, string>
  /** Sections that agents act on, as JSON text of their spec. */
  readonly agentSections: Readonly<Record<string, string>>
}

/** Clusters as calls need them. */
export interface Clusters {
  /** Undefined: there is none (any more). @throws when the database is away and the cluster was never read */
  byId(id: string): Promise<LiveCluster | undefined>
  /** The id that belongs to an id or a name. */
  idOf(idOrName: string): Promise<string | undefined>
  /** The cluster that a cluster version belongs to. */
  idOfVersion(id: string): Promise<string | undefined>
  version(id: string): Promise<ClusterVersionRow | undefined>
  /** After a change: the next question reads anew. */
  forget(): void
}

/** What clusters are made of. */
export interface ClustersDependencies {
  readonly trustDomain: { readonly id: string; readonly name: TrustDomain }
  readonly registry: Pick<RegistryStore, 'cluster' | 'clusterById' | 'realm' | 'clusterVersion'>
  readonly sections: (cluster: ClusterRow) => Promise<ResolvedSections>
  readonly compileAttestation: (spec: unknown) => AgentAttestation
  readonly clock: () => number
  readonly onFailure: (error: unknown) => void
}

/** A disabled cluster is refused everywhere within these seconds, on the replica that was told at once. */
const LIMITS = { freshMs: 5_000, staleMs: 10_000, keysMax: 10_000 } as const
/** Sections that agents act on. */
const AGENT_SECTIONS = ['WorkloadAttestation', 'AttributeRedaction'] as const

/** Clusters with their compiled configuration, read again every few seconds and kept while the database is away. */
export function createClusters(dependencies: ClustersDependencies): Clusters {
  const { registry, trustDomain, clock, onFailure } = dependencies
  const policies = new Map<string, NamedPolicy>()
  const live = createRemembered((id) => readCluster(id, dependencies, policies), LIMITS, clock, onFailure)
  const ids = createRemembered(async (name) => (await registry.cluster(trustDomain.id, name))?.id, LIMITS, clock, onFailure)
  const versions = createRemembered((id) => registry.clusterVersion(id), LIMITS, clock, onFailure)
  return {
    byId: (id) => live.get(id),
    idOf: (idOrName) => ids.get(idOrName),
    idOfVersion: async (id) => (await versions.get(id))?.clusterId,
    version: (id) => versions.get(id),
    forget: () => {
      live.forget()
      ids.forget()
      versions.forget()
    },
  }
}

/** A policy that was compiled, and the name that tells it from others. */
interface NamedPolicy {
  readonly policy: CompiledPolicy
  readonly policyName: string
}

async function readCluster(id: string, dependencies: ClustersDependencies, policies: Map<string, NamedPolicy>): Promise<LiveCluster | undefined> {
  const { registry, trustDomain } = dependencies
  const row = await registry.clusterById(id)
  if (row === undefined || row.trustDomainId !== trustDomain.id) return undefined
  const realm = row.realmId === undefined ? undefined : (await registry.realm(trustDomain.id, row.realmId))?.name
  const sections = await dependencies.sections(row)
  const specOf = (name: string): unknown => sections[name]?.spec
  const named = policyOf(specOf('SVIDIssuancePolicy') ?? {}, { row, realm }, trustDomain.name, policies.get(id))
  if (policies.size >= LIMITS.keysMax) policies.clear()
  policies.set(id, named)
  return {
    row,
    realm,
    ...named,
    attestation: dependencies.compileAttestation(specOf('AgentAttestation')),
    attributes: clusterAttributes(row, realm, trustDomain.name),
    agentSections: Object.fromEntries(
      AGENT_SECTIONS.flatMap((name) => {
        const spec = specOf(name)
        return spec === undefined ? [] : [[name, JSON.stringify(spec)]]
      }),
    ),
  }
}

/** The policy of a cluster: the one that was compiled before, with all that it has learnt of workloads since, as long as it says the same. */
function policyOf(spec: unknown, { row, realm }: Pick<LiveCluster, 'row' | 'realm'>, trustDomain: TrustDomain, before: NamedPolicy | undefined): NamedPolicy {
  const policyName = createHash('sha256')
    .update(JSON.stringify([spec, row.name, row.platform, realm ?? '']))
    .digest('base64url')
  if (before?.policyName === policyName) return before
  return { policyName, policy: compilePolicy(IssuancePolicySpec.parse(spec), { trustDomain, platform: row.platform, realm }) }
}

function clusterAttributes(row: ClusterRow, realm: string | undefined, trustDomain: string): ReadonlyMap<string, string> {
  const attributes = new Map([
    ['cluster.name', row.name],
    ['cluster.id', row.id],
    ['trust_domain.name', trustDomain],
    // The name of a cluster of machines, as the default template of platform `linux` calls it.
    ['node_group.name', row.name],
  ])
  if (realm !== undefined) attributes.set('spirl.realm', realm)
  return attributes
}

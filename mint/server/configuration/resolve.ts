import type { ClusterRow, ConfigurationScope, ConfigurationStore } from '../ports.ts'

/** Sections in force at a place, and where each comes from. */
export type ResolvedSections = Readonly<
  Record<string, { readonly schema: string; readonly spec: unknown; readonly scope: ConfigurationScope; readonly version: number }>
>

/** The scopes that a cluster's configuration comes from, widest first. */
export function scopesOf(cluster: Pick<ClusterRow, 'id' | 'trustDomainId'>, deploymentId: string | undefined): readonly ConfigurationScope[] {
  return [
    { kind: 'org' },
    { kind: 'trust-domain', id: cluster.trustDomainId },
    ...(deploymentId === undefined ? [] : [{ kind: 'trust-domain-deployment' as const, id: deploymentId }]),
    { kind: 'cluster', id: cluster.id },
  ]
}

/** Reads scopes and lets the narrower win, section by section: sections are never merged. */
export async function resolveSections(store: Pick<ConfigurationStore, 'current'>, scopes: readonly ConfigurationScope[]): Promise<ResolvedSections> {
  const versions = await Promise.all(scopes.map(async (scope) => ({ scope, version: await store.current(scope) })))
  const sections: Record<string, ResolvedSections[string]> = Object.create(null)
  for (const { scope, version } of versions) {
    if (version === undefined) continue
    for (const [name, section] of Object.entries(version.sections)) sections[name] = { ...section, scope, version: version.version }
  }
  return sections
}

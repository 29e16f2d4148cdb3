import { notFound, type MintOperations } from '@mintmark/control-plane'
import type { Configuration, ConfigurationChange } from '@mintmark/contract/http'
import type { ConfigurationAdministration, ConfigurationChange as Change, ConfigurationOutcome, ConfigurationScope } from '@mintmark/mint/server'
import type { Directory } from './directory.ts'
import { pageAnswer, pageRequest } from './page.ts'
import { answering } from './refusals.ts'

type Operations = Pick<MintOperations, 'getConfiguration' | 'setConfiguration' | 'listConfigurationHistory' | 'diffConfiguration'>

/** Changes that one answer carries. */
const CHANGES_MAX = 1_000
/** Name of the one organisation that there is. */
const ORGANISATION = 'default'

interface Place {
  readonly scope: ConfigurationScope
  readonly configuration: ConfigurationAdministration
}

/** Managed configuration of every scope. */
export function configurationOperations(directory: Directory): Operations {
  async function placeOf(
    { scope: kind, scopeId }: { readonly scope: ConfigurationScope['kind']; readonly scopeId: string },
    named: string | undefined,
  ): Promise<Place> {
    if (kind === 'cluster') {
      const { row, trustDomain } = await directory.cluster(scopeId, named)
      return { scope: { kind, id: row.id }, configuration: trustDomain.configuration }
    }
    if (kind === 'trust-domain') {
      const { row, configuration } = await directory.trustDomain(scopeId)
      return { scope: { kind, id: row.id }, configuration }
    }
    // The organisation is the same for every trust domain, and a server knows its own deployment.
    const { configuration } = await directory.anyTrustDomain()
    if (kind === 'trust-domain-deployment') return { scope: { kind, id: scopeId }, configuration }
    if (scopeId !== ORGANISATION) throw notFound(`organisation; there is one, "${ORGANISATION}"`)
    return { scope: { kind }, configuration }
  }
  return {
    getConfiguration: ({ params, query }) =>
      answering('configuration-invalid', async () => {
        const { scope, configuration } = await placeOf(params, query.trustDomain)
        return describe(await configuration.get(scope, query.version))
      }),
    setConfiguration: ({ params, query, body, actor }) =>
      answering('configuration-invalid', async () => {
        const { scope, configuration } = await placeOf(params, query.trustDomain)
        const { documents, prune, expectedVersion, validateOnly } = body
        const outcome = await configuration.set({
          scope,
          documents,
          prune,
          validateOnly,
          actor,
          ...(expectedVersion === undefined ? {} : { expectedVersion }),
        })
        return { configuration: describe(outcome.configuration), changes: describeChanges(outcome.changes), stored: outcome.stored }
      }),
    listConfigurationHistory: ({ params, query }) =>
      answering('configuration-invalid', async () => {
        const { scope, configuration } = await placeOf(params, query.trustDomain)
        return pageAnswer(await configuration.history(scope, pageRequest(query)), describe)
      }),
    diffConfiguration: ({ params, query }) =>
      answering('configuration-invalid', async () => {
        const { scope, configuration } = await placeOf(params, query.trustDomain)
        return { changes: describeChanges(await configuration.difference(scope, query.from, query.to)) }
      }),
  }
}

function describe({ version, sections, actor, createdAt }: ConfigurationOutcome['configuration']): Configuration {
  return {
    version,
    ...(actor === undefined ? {} : { actor }),
    ...(createdAt === undefined ? {} : { createdAt }),
    sections: Object.entries(sections).map(([section, { schema, spec }]) => ({ section, schema, spec })),
  }
}

function describeChanges(changes: readonly Change[]): ConfigurationChange[] {
  return changes.slice(0, CHANGES_MAX).map((change) => ({ ...change }))
}

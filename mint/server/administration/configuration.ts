import { differenceOf, type ConfigurationChange } from '../configuration/difference.ts'
import { readDocuments, type Sections } from '../configuration/documents.ts'
import { eventId } from '../events/id.ts'
import { AdministrationError } from '../failure.ts'
import type { ConfigurationScope, ConfigurationVersion, Page, PageRequest } from '../ports.ts'
import { translated, type AdministrationDependencies } from './dependencies.ts'

/** What is set. */
export interface ConfigurationRequest {
  readonly scope: ConfigurationScope
  /** YAML documents `{section, schema: v1, spec}`. */
  readonly documents: string
  /** Deletes sections that are not mentioned; otherwise they stay as they are. */
  readonly prune: boolean
  /** Refused when the newest version is another one; 0 stands for none. */
  readonly expectedVersion?: number
  /** Stores nothing and shows what would change. */
  readonly validateOnly: boolean
  readonly actor: string
}

/** What setting it has changed, or would. */
export interface ConfigurationOutcome {
  readonly configuration: Pick<ConfigurationVersion, 'version' | 'sections'> & Partial<ConfigurationVersion>
  readonly changes: readonly ConfigurationChange[]
  readonly stored: boolean
}

/** Managed configuration, by scope and section. Everything ends in {@link AdministrationError}. */
export interface ConfigurationAdministration {
  /** The newest version, or the one asked for; version 0 is the one before anything was set. */
  get(scope: ConfigurationScope, version?: number): Promise<ConfigurationOutcome['configuration']>
  set(request: ConfigurationRequest): Promise<ConfigurationOutcome>
  history(scope: ConfigurationScope, page: PageRequest): Promise<Page<ConfigurationVersion>>
  difference(scope: ConfigurationScope, from: number, to: number): Promise<readonly ConfigurationChange[]>
}

const EMPTY: ConfigurationOutcome['configuration'] = { version: 0, sections: {} }
/** Tries of a change without an expected version when somebody else changes the same scope at the same time. */
const ATTEMPTS_MAX = 5
const HISTORY_PAGE_SIZE_MAX = 50

/** What this part of administration works with. */
type Dependencies = Pick<AdministrationDependencies, 'configuration' | 'registry' | 'trustDomain' | 'deploymentId' | 'now' | 'record' | 'changed'>

/** Verbs on managed configuration. */
export function administerConfiguration(dependencies: Dependencies): ConfigurationAdministration {
  const { configuration: store, now, changed } = dependencies

  async function get(scope: ConfigurationScope, version?: number): Promise<ConfigurationOutcome['configuration']> {
    await checkScope(scope, dependencies)
    if (version === 0) return EMPTY
    const found = await translated(() => (version === undefined ? store.current(scope) : store.version(scope, version)))
    if (found === undefined && version !== undefined)
      throw new AdministrationError('not-found', `There is no version ${version} of this configuration.`, 'See them: spirlctl config history')
    return found ?? EMPTY
  }

  async function set(request: ConfigurationRequest): Promise<ConfigurationOutcome> {
    await checkScope(request.scope, dependencies)
    const read = readDocuments(request.documents)
    if (!read.ok) throw invalid(read.problems)
    for (let attempt = 1; ; attempt += 1) {
      const current = (await translated(() => store.current(request.scope))) ?? EMPTY
      if (request.expectedVersion !== undefined && request.expectedVersion !== current.version) throw conflict(request.expectedVersion, current.version)
      const sections: Sections = request.prune ? read.sections : { ...current.sections, ...read.sections }
      const changes = differenceOf(current.sections, sections)
      if (request.validateOnly || changes.length === 0)
        return { configuration: { ...current, ...(request.validateOnly ? { sections } : {}) }, changes, stored: false }
      const saved = await translated(() => store.save(request.scope, current.version, { sections, actor: request.actor, now: now() }))
      if (saved !== undefined) {
        changed()
        recordChange(request, saved, changes, dependencies)
        return { configuration: saved, changes, stored: true }
      }
      if (request.expectedVersion !== undefined || attempt >= ATTEMPTS_MAX) throw conflict(current.version, undefined)
    }
  }

  return {
    get,
    set,
    history: async (scope, page) => {
      await checkScope(scope, dependencies)
      return translated(() => store.history(scope, { ...page, size: Math.min(page.size, HISTORY_PAGE_SIZE_MAX) }))
    },
    difference: async (scope, from, to) => differenceOf((await get(scope, from)).sections, (await get(scope, to)).sections),
  }
}

/** A scope that nobody reads from would swallow configuration without a word. */
async function checkScope(scope: ConfigurationScope, { registry, trustDomain, deploymentId }: Dependencies): Promise<void> {
  if (scope.kind === 'org') return
  const exists =
    scope.kind === 'trust-domain'
      ? scope.id === trustDomain.id
      : scope.kind === 'trust-domain-deployment'
        ? scope.id === deploymentId
        : (await translated(() => registry.clusterById(scope.id)))?.trustDomainId === trustDomain.id
  if (!exists)
    throw new AdministrationError(
      'not-found',
      `There is no ${scope.kind} ${scope.id} here.`,
      'Scopes are org, trust-domain, trust-domain-deployment and cluster, each with the id of one that exists.',
    )
}

function recordChange(
  { scope, actor }: ConfigurationRequest,
  saved: ConfigurationVersion,
  changes: readonly ConfigurationChange[],
  { record, trustDomain, now }: Dependencies,
): void {
  const at = now()
  record({
    id: eventId(at),
    at: at.toISOString(),
    type: 'configuration_changed',
    trustDomainId: trustDomain.id,
    ...(scope.kind === 'cluster' ? { clusterId: scope.id } : {}),
    outcome: 'success',
    details: { actor, scope, version: saved.version, changes: changes.slice(0, 100).map(({ change, section, pointer }) => ({ change, section, pointer })) },
  })
}

function invalid(problems: AdministrationError['problems']): AdministrationError {
  const words = problems.slice(0, 5).map(({ pointer, reason }) => `${pointer === '' ? 'The document' : pointer} ${reason}`)
  return new AdministrationError('invalid', `The configuration cannot be used: ${words.join('; ')}.`, 'Correct these places; nothing was stored.', { problems })
}

function conflict(expected: number, found: number | undefined): AdministrationError {
  const words = found === undefined ? 'It was changed by somebody else at the same time.' : `The newest version is ${found}, not ${expected}.`
  return new AdministrationError('version-conflict', words, 'Read the newest version, look at the difference, and set it again.')
}

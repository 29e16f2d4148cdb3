import { parseBundle, parseSpiffeId, parseTrustDomain } from '@mintmark/spiffe'
import type { Federation } from '../federation/federation.ts'
import { AdministrationError } from '../failure.ts'
import type { FederationLinkRow, Page, PageRequest } from '../ports.ts'
import { translated, type AdministrationDependencies } from './dependencies.ts'

/** Federation links of the trust domain. Everything ends in {@link AdministrationError}. */
export interface FederationAdministration {
  /** By endpoint, and then polled at once; or by a bundle supplied by hand. https_spiffe needs a bundle to begin with. */
  create(link: { readonly foreignTrustDomain: string; readonly endpoint?: FederationLinkRow['endpoint']; readonly bundle?: string }): Promise<FederationLinkRow>
  list(page: PageRequest): Promise<Page<FederationLinkRow>>
  get(id: string): Promise<FederationLinkRow>
  /** Polls now. @returns the link afterwards; `lastError` says what went wrong */
  refresh(id: string): Promise<FederationLinkRow>
  setBundle(id: string, bundle: string): Promise<FederationLinkRow>
  delete(id: string): Promise<void>
}

/** Verbs on federation links. */
export function administerFederation({ federation: store, trustDomain, now }: AdministrationDependencies, running: Federation): FederationAdministration {
  async function get(id: string): Promise<FederationLinkRow> {
    const row = await translated(() => store.get(id))
    if (row?.trustDomainId !== trustDomain.id)
      throw new AdministrationError('not-found', `There is no federation link ${id}.`, 'See them: spirlctl federation list')
    return row
  }
  return {
    create: async ({ foreignTrustDomain, endpoint, bundle }) => {
      checkLink({ foreignTrustDomain, endpoint, bundle }, trustDomain.name)
      const at = now()
      const created = await translated(() =>
        store.create({
          trustDomainId: trustDomain.id,
          foreignTrustDomain,
          ...(endpoint === undefined ? {} : { endpoint }),
          ...(bundle === undefined ? {} : { bundleDocument: bundle, bundleUpdatedAt: at.toISOString() }),
          now: at,
        }),
      )
      const link = endpoint === undefined ? created : await translated(() => running.pollNow(created))
      await translated(() => running.reload())
      return link
    },
    list: (page) => translated(() => store.list({ ...page, trustDomainId: trustDomain.id })),
    get,
    refresh: async (id) => {
      const link = await get(id)
      if (link.endpoint === undefined)
        throw new AdministrationError(
          'invalid',
          'The bundle of this link is supplied by hand; there is nothing to poll.',
          'Set it: spirlctl federation set-bundle',
        )
      const polled = await translated(() => running.pollNow(link))
      await translated(() => running.reload())
      return polled
    },
    setBundle: async (id, bundle) => {
      const link = await get(id)
      if (link.endpoint?.profile === 'https_web')
        throw new AdministrationError('invalid', 'The bundle of this link is polled from its endpoint.', 'Refresh it: spirlctl federation refresh')
      checkBundle(link.foreignTrustDomain, bundle)
      const updated = await translated(() => store.update(id, { bundleDocument: bundle, bundleUpdatedAt: now().toISOString() }))
      await translated(() => running.reload())
      return updated ?? link
    },
    delete: async (id) => {
      await get(id)
      await translated(() => store.delete(id))
      await translated(() => running.reload())
    },
  }
}

function checkLink(
  link: { readonly foreignTrustDomain: string; readonly endpoint: FederationLinkRow['endpoint']; readonly bundle: string | undefined },
  own: string,
): void {
  const foreign = parseTrustDomain(link.foreignTrustDomain)
  if (!foreign.ok) throw invalid('/foreignTrustDomain', `"${link.foreignTrustDomain.slice(0, 80)}" is no trust domain: ${foreign.reason}`)
  if (link.foreignTrustDomain === own) throw invalid('/foreignTrustDomain', 'A trust domain cannot federate with itself')
  const { endpoint, bundle } = link
  if (endpoint === undefined && bundle === undefined) throw invalid('', 'A link has an endpoint or a bundle')
  if (endpoint !== undefined) {
    const url = URL.canParse(endpoint.url) ? new URL(endpoint.url) : undefined
    if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '')
      throw invalid('/endpoint/url', 'An endpoint is an https URL without a user name (rule 20)')
    if (endpoint.profile === 'https_web' && bundle !== undefined) throw invalid('/bundle', 'The bundle of an https_web endpoint is polled; leave it out')
    if (endpoint.profile === 'https_spiffe') {
      const id = parseSpiffeId(endpoint.endpointSpiffeId)
      if (!id.ok) throw invalid('/endpoint/endpointSpiffeId', `The endpoint's SPIFFE ID is none: ${id.reason}`)
      if (id.trustDomain === link.foreignTrustDomain && bundle === undefined)
        throw invalid('/bundle', 'An https_spiffe endpoint of the foreign trust domain itself needs a bundle to begin with (rule 21)')
    }
  }
  if (bundle !== undefined) checkBundle(link.foreignTrustDomain, bundle)
}

function checkBundle(foreignTrustDomain: string, bundle: string): void {
  const name = parseTrustDomain(foreignTrustDomain)
  const parsed = name.ok ? parseBundle(name.trustDomain, bundle) : name
  if (!parsed.ok) throw invalid('/bundle', `The bundle is none in SPIFFE bundle format: ${parsed.reason}`)
}

function invalid(pointer: string, happened: string): AdministrationError {
  return new AdministrationError('invalid', `${happened}.`, 'Correct the request.', { problems: [{ pointer, reason: happened }] })
}

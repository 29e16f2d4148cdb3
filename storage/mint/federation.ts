import type { FederationLinkChange, FederationLinkRow, FederationStore } from '@mintmark/mint/server'
import { ConflictError } from '../errors.ts'
import type { Run } from '../queries/run.ts'
import { storable } from '../schema/hash.ts'
import { mintId, mintUuid } from './ids.ts'
import { pageByUuid } from './page.ts'
import { requireTrustDomain } from './trust-domains.ts'

interface Link {
  readonly id: string
  readonly trust_domain_id: string
  readonly foreign_trust_domain: string
  readonly endpoint_url: string | null
  readonly endpoint_profile: 'https_web' | 'https_spiffe' | null
  readonly endpoint_spiffe_id: string | null
  readonly bundle_document: string | null
  readonly bundle_updated_at: Date | null
  readonly last_polled_at: Date | null
  readonly last_succeeded_at: Date | null
  readonly last_error: string | null
  readonly next_poll_at: Date | null
  readonly created_at: Date
}

type Column = Exclude<keyof Link, 'id' | 'trust_domain_id' | 'created_at'>

/** Federation links, over a connection pool. */
export function openFederationStore(run: Run): FederationStore {
  return {
    async create({ trustDomainId, now, ...link }) {
      await requireTrustDomain(run, trustDomainId)
      const columns = [...columnsOf(link)]
      const names = ['trust_domain_id', 'created_at', ...columns.map(([name]) => name)]
      const [row] = await run<Link>(
        `insert into federation_link (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})
         on conflict (trust_domain_id, foreign_trust_domain) do nothing returning *`,
        [mintUuid('trustDomain', trustDomainId), now, ...columns.map(([, value]) => value)],
      )
      if (row === undefined) throw new ConflictError('federation-link', 'This trust domain has a link to that foreign trust domain already')
      return describe(row)
    },
    async get(id) {
      const [row] = await run<Link>(`select * from federation_link where id = $1`, [mintUuid('federationLink', id)])
      return row === undefined ? undefined : describe(row)
    },
    list(page) {
      const { trustDomainId } = page
      const read = (after: string | null, limit: number) =>
        run<Link>(
          `select * from federation_link where ($1::uuid is null or id < $1) ${trustDomainId === undefined ? '' : 'and trust_domain_id = $3'} order by id desc limit $2`,
          [after, limit, ...(trustDomainId === undefined ? [] : [mintUuid('trustDomain', trustDomainId)])],
        )
      return pageByUuid('federation-links', 'federationLink', page, read, describe)
    },
    async update(id, change) {
      const columns = [...columnsOf(change)]
      const assignments = columns.map(([name], index) => `${name} = $${index + 2}`)
      // Whoever says when the next poll is has finished this one.
      if (columns.some(([name]) => name === 'next_poll_at')) assignments.push('claimed_until = null')
      if (assignments.length === 0) assignments.push('id = id')
      const [row] = await run<Link>(`update federation_link set ${assignments.join(', ')} where id = $1 returning *`, [
        mintUuid('federationLink', id),
        ...columns.map(([, value]) => value),
      ])
      return row === undefined ? undefined : describe(row)
    },
    async delete(id) {
      const rows = await run(`delete from federation_link where id = $1 returning id`, [mintUuid('federationLink', id)])
      return rows.length === 1
    },
    async claimDue(now, claimUntil, limit, trustDomainId) {
      // Replicas that ask at the same time skip what another one is taking.
      const rows = await run<Link>(
        `update federation_link set claimed_until = $2 where id in (
           select id from federation_link
           where endpoint_url is not null and coalesce(next_poll_at, created_at) <= $1 and (claimed_until is null or claimed_until <= $1)
             and ($4::uuid is null or trust_domain_id = $4)
           order by coalesce(next_poll_at, created_at) limit $3 for update skip locked
         ) returning *`,
        [now, claimUntil, limit, trustDomainId === undefined ? null : mintUuid('trustDomain', trustDomainId)],
      )
      return rows.map(describe)
    },
  }
}

/** What is named is written; named without a value, it is cleared. */
function* columnsOf(change: FederationLinkChange): Generator<readonly [Column, string | null]> {
  const plain: readonly (readonly [keyof FederationLinkChange, Column])[] = [
    ['foreignTrustDomain', 'foreign_trust_domain'],
    ['bundleDocument', 'bundle_document'],
    ['bundleUpdatedAt', 'bundle_updated_at'],
    ['lastPolledAt', 'last_polled_at'],
    ['lastSucceededAt', 'last_succeeded_at'],
    ['lastError', 'last_error'],
    ['nextPollAt', 'next_poll_at'],
  ]
  for (const [field, column] of plain) {
    const value = change[field]
    if (Object.hasOwn(change, field)) yield [column, typeof value === 'string' ? storable(value) : null]
  }
  if (!Object.hasOwn(change, 'endpoint')) return
  const { endpoint } = change
  yield ['endpoint_url', endpoint?.url ?? null]
  yield ['endpoint_profile', endpoint?.profile ?? null]
  yield ['endpoint_spiffe_id', endpoint?.profile === 'https_spiffe' ? endpoint.endpointSpiffeId : null]
}

function describe(row: Link): FederationLinkRow {
  return {
    id: mintId('federationLink', row.id),
    trustDomainId: mintId('trustDomain', row.trust_domain_id),
    foreignTrustDomain: row.foreign_trust_domain,
    ...endpointOf(row),
    ...(row.bundle_document === null ? {} : { bundleDocument: row.bundle_document }),
    ...(row.bundle_updated_at === null ? {} : { bundleUpdatedAt: row.bundle_updated_at.toISOString() }),
    ...(row.last_polled_at === null ? {} : { lastPolledAt: row.last_polled_at.toISOString() }),
    ...(row.last_succeeded_at === null ? {} : { lastSucceededAt: row.last_succeeded_at.toISOString() }),
    ...(row.last_error === null ? {} : { lastError: row.last_error }),
    ...(row.next_poll_at === null ? {} : { nextPollAt: row.next_poll_at.toISOString() }),
    createdAt: row.created_at.toISOString(),
  }
}

function endpointOf(row: Link): Pick<FederationLinkRow, 'endpoint'> {
  if (row.endpoint_url === null) return {}
  if (row.endpoint_profile === 'https_spiffe') {
    return { endpoint: { url: row.endpoint_url, profile: 'https_spiffe', endpointSpiffeId: row.endpoint_spiffe_id ?? '' } }
  }
  return { endpoint: { url: row.endpoint_url, profile: 'https_web' } }
}

import type { RealmRow, RegistryStore, TrustDomainRow } from '@mintmark/mint/server'
import { ConflictError } from '../errors.ts'
import type { Run } from '../queries/run.ts'
import { canBeStored, mintId, mintUuid } from './ids.ts'
import { pageByUuid } from './page.ts'

interface TrustDomain {
  readonly id: string
  readonly name: string
  readonly created_at: Date
}

interface Realm extends TrustDomain {
  readonly trust_domain_id: string
}

type Part = Pick<RegistryStore, 'createTrustDomain' | 'trustDomain' | 'listTrustDomains' | 'createRealm' | 'realm' | 'listRealms'>

/** Trust domains and their realms. */
export function openTrustDomains(run: Run): Part {
  return {
    async createTrustDomain({ name, now }) {
      const [row] = await run<TrustDomain>(`insert into trust_domain (name, created_at) values ($1, $2) on conflict (name) do nothing returning *`, [name, now])
      if (row === undefined) throw new ConflictError('trust-domain-name', 'A trust domain with this name exists already')
      return describeTrustDomain(row)
    },
    async trustDomain(idOrName) {
      if (!canBeStored(idOrName)) return undefined
      const [row] = await run<TrustDomain>(`select * from trust_domain where id = $1 or ($1::uuid is null and name = $2)`, [
        mintUuid('trustDomain', idOrName),
        idOrName,
      ])
      return row === undefined ? undefined : describeTrustDomain(row)
    },
    listTrustDomains(page) {
      return pageByUuid(
        'trust-domains',
        'trustDomain',
        page,
        (after, limit) => run<TrustDomain>(`select * from trust_domain where $1::uuid is null or id < $1 order by id desc limit $2`, [after, limit]),
        describeTrustDomain,
      )
    },
    async createRealm({ trustDomainId, name, now }) {
      await requireTrustDomain(run, trustDomainId)
      const [row] = await run<Realm>(
        `insert into realm (trust_domain_id, name, created_at) values ($1, $2, $3) on conflict (trust_domain_id, name) do nothing returning *`,
        [mintUuid('trustDomain', trustDomainId), name, now],
      )
      if (row === undefined) throw new ConflictError('realm-name', 'A realm with this name exists already in this trust domain')
      return describeRealm(row)
    },
    async realm(trustDomainId, idOrName) {
      if (!canBeStored(idOrName)) return undefined
      const [row] = await run<Realm>(`select * from realm where trust_domain_id = $1 and (id = $2 or ($2::uuid is null and name = $3))`, [
        mintUuid('trustDomain', trustDomainId),
        mintUuid('realm', idOrName),
        idOrName,
      ])
      return row === undefined ? undefined : describeRealm(row)
    },
    listRealms(trustDomainId, page) {
      const read = (after: string | null, limit: number) =>
        run<Realm>(`select * from realm where trust_domain_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3`, [
          mintUuid('trustDomain', trustDomainId),
          after,
          limit,
        ])
      return pageByUuid('realms', 'realm', page, read, describeRealm)
    },
  }
}

/** @throws ConflictError when there is no such trust domain */
export async function requireTrustDomain(run: Run, id: string): Promise<void> {
  const rows = await run(`select from trust_domain where id = $1`, [mintUuid('trustDomain', id)])
  if (rows.length === 0) throw new ConflictError('trust-domain-unknown', 'There is no such trust domain')
}

function describeTrustDomain(row: TrustDomain): TrustDomainRow {
  return { id: mintId('trustDomain', row.id), name: row.name, createdAt: row.created_at.toISOString() }
}

function describeRealm(row: Realm): RealmRow {
  return { id: mintId('realm', row.id), trustDomainId: mintId('trustDomain', row.trust_domain_id), name: row.name, createdAt: row.created_at.toISOString() }
}

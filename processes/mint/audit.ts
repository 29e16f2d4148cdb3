import type { AuditEntry, Mint } from '@mintmark/control-plane'
import { randomUUID } from 'node:crypto'
import type { MintOperationsDependencies } from './served.ts'

/** Stands for the trust domain of a call that was refused before there was one. */
const NO_TRUST_DOMAIN = 'none'

/** Keeps who changed what, as events beside those of issuance. It is written before the answer is given. */
export function createAudit({ served, stores, now }: MintOperationsDependencies): Mint['audit'] {
  async function trustDomainOf({ subject }: AuditEntry): Promise<string> {
    const { trustDomainId, clusterId, linkId } = subject
    if (trustDomainId !== undefined) {
      const row = await stores.registry.trustDomain(trustDomainId)
      if (row !== undefined) return row.id
    }
    const owner =
      clusterId !== undefined ? await stores.registry.clusterById(clusterId) : linkId !== undefined ? await stores.federation.get(linkId) : undefined
    if (owner !== undefined) return owner.trustDomainId
    return served?.server.administration.trustDomain.id ?? (await stores.registry.listTrustDomains({ size: 1 })).items[0]?.id ?? NO_TRUST_DOMAIN
  }
  return async (entry) => {
    const { outcome, ...details } = entry
    await stores.events.append([
      {
        id: `ev-${randomUUID()}`,
        at: now().toISOString(),
        type: 'audit_log',
        trustDomainId: await trustDomainOf(entry),
        ...(isClusterId(entry.subject['clusterId']) ? { clusterId: entry.subject['clusterId'] } : {}),
        outcome,
        details,
      },
    ])
  }
}

function isClusterId(id: string | undefined): id is string {
  return id !== undefined && /^c-[0-9a-f-]{36}$/.test(id)
}

import { ProblemError, type MintOperations } from '@mintmark/control-plane'
import type { MintEvent, Workload } from '@mintmark/contract/http'
import type { EventFilter, MintEvent as StoredEvent, WorkloadRow } from '@mintmark/mint/server'
import { certificatesToPem } from '@mintmark/spiffe'
import type { Directory } from './directory.ts'
import { pageAnswer, pageRequest } from './page.ts'
import { answering } from './refusals.ts'
import type { MintOperationsDependencies } from './served.ts'

type Operations = Pick<MintOperations, 'listWorkloads' | 'listMintEvents' | 'mintX509Svid' | 'mintJwtSvid'>

const DAY_MS = 86_400_000
/** Days of workloads that a list shows when nobody says since when. */
const WORKLOADS_DAYS = 30
const CSR_PEM = /^\s*-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]+)-----END (?:NEW )?CERTIFICATE REQUEST-----\s*$/

/** What was issued, what happened, and issuance by hand. */
export function issuanceOperations({ served, stores, now }: MintOperationsDependencies, directory: Directory): Operations {
  async function trustDomainIdOf(idOrName: string | undefined): Promise<{ readonly trustDomainId?: string }> {
    return idOrName === undefined ? {} : { trustDomainId: (await directory.trustDomain(idOrName)).row.id }
  }
  return {
    listWorkloads: async ({ query }) => {
      await served?.server.events.flush()
      const at = now()
      const filter = {
        ...(await trustDomainIdOf(query.trustDomain)),
        ...(query.cluster === undefined ? {} : { clusterId: query.cluster }),
        since: query.since ?? new Date(at.getTime() - WORKLOADS_DAYS * DAY_MS).toISOString(),
        now: at.toISOString(),
      }
      return pageAnswer(await stores.events.workloads(filter, pageRequest(query)), describeWorkload)
    },
    listMintEvents: async ({ query }) => {
      await served?.server.events.flush()
      const { cluster: clusterId, type, spiffeId, outcome, from, to } = query
      const filter: EventFilter = {
        ...(await trustDomainIdOf(query.trustDomain)),
        ...(clusterId === undefined ? {} : { clusterId }),
        ...(type === undefined ? {} : { type }),
        ...(spiffeId === undefined ? {} : { spiffeId }),
        ...(outcome === undefined ? {} : { outcome }),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      }
      return pageAnswer(await stores.events.list(filter, pageRequest(query)), describeEvent)
    },
    mintX509Svid: ({ params, body, actor }) =>
      answering('request-refused', async () => {
        const { issuance } = await directory.servedTrustDomain(params.trustDomainId)
        const { path, csrPem, ttlSeconds } = body
        const { id, certificates, notAfter } = await issuance.mintX509({
          path,
          csr: csrOf(csrPem),
          actor,
          ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
        })
        return { spiffeId: id, certificatePem: certificatesToPem(certificates), notAfter: notAfter.toISOString() }
      }),
    mintJwtSvid: ({ params, body, actor }) =>
      answering('request-refused', async () => {
        const { issuance } = await directory.servedTrustDomain(params.trustDomainId)
        const { path, audience, ttlSeconds } = body
        const { id, token, expiresAt } = await issuance.mintJwt({ path, audience, actor, ...(ttlSeconds === undefined ? {} : { ttlSeconds }) })
        return { spiffeId: id, token, expiresAt: expiresAt.toISOString() }
      }),
  }
}

function csrOf(pem: string): Uint8Array {
  const [, base64] = CSR_PEM.exec(pem) ?? []
  if (base64 !== undefined) return Buffer.from(base64, 'base64')
  throw new ProblemError('request-refused', {
    detail: 'csrPem is no certificate signing request in PEM.',
    remedy: 'Make one: openssl req -new -key KEY -subj / -out FILE, or let spirlctl svid mint x509 do it.',
    errors: [{ field: '/csrPem', problem: 'does not begin with -----BEGIN CERTIFICATE REQUEST-----' }],
  })
}

function describeWorkload({ active, key: _key, ...row }: WorkloadRow): Workload {
  return { ...row, isActive: active }
}

function describeEvent({ audience, details, ...event }: StoredEvent): MintEvent {
  return { ...event, details: { ...details }, ...(audience === undefined ? {} : { audience: [...audience] }) }
}

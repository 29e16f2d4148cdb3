import type { MintOperations } from '@mintmark/control-plane'
import type { Keyset } from '@mintmark/contract/http'
import { isKeysetId, type KeysetRecord } from '@mintmark/mint/authority'
import { certificatesToPem, readCertificate } from '@mintmark/spiffe'
import type { Directory } from './directory.ts'
import { answering } from './refusals.ts'
import type { MintOperationsDependencies } from './served.ts'
import { unknown } from './unknown.ts'

type Operations = Pick<MintOperations, 'listKeysets' | 'prepareKeyset' | 'activateKeyset' | 'taintKeyset' | 'removeKeyset'>

/** Keysets of the trust domain that this process serves. */
export function keysetOperations({ served }: MintOperationsDependencies, directory: Directory): Operations {
  /** The verb has answered already; this only finds the certificate of what it answered. */
  function describeById(id: string): Keyset {
    const record = served?.authority.list().find((each) => each.id === id)
    if (record === undefined) throw unknown('keyset')
    return describe(record)
  }
  return {
    listKeysets: ({ params }) =>
      answering('request-refused', async () => {
        await directory.servedTrustDomain(params.trustDomainId)
        await served?.authority.refresh()
        const newestFirst = (served?.authority.list() ?? []).toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
        return { items: newestFirst.map(describe) }
      }),
    prepareKeyset: ({ params, actor }) =>
      answering('request-refused', async () => describeById((await (await directory.servedTrustDomain(params.trustDomainId)).keysets.prepare(actor)).id)),
    activateKeyset: ({ params, actor }) =>
      answering('request-refused', async () => {
        const { keysets } = await directory.servedTrustDomain(params.trustDomainId)
        return describeById((await keysets.activate(actor, checkedId(params.keysetId))).id)
      }),
    taintKeyset: ({ params, actor }) =>
      answering('request-refused', async () => {
        const { keysets } = await directory.servedTrustDomain(params.trustDomainId)
        return describeById((await keysets.taint(actor, checkedId(params.keysetId))).id)
      }),
    removeKeyset: ({ params, actor }) =>
      answering('request-refused', async () => {
        const { keysets } = await directory.servedTrustDomain(params.trustDomainId)
        await keysets.remove(actor, checkedId(params.keysetId))
        return undefined
      }),
  }
}

function checkedId(id: string): string {
  if (!isKeysetId(id)) throw unknown('keyset')
  return id
}

function describe({ id, state, createdAt, activatedAt, taintedAt, notAfter, x509, jwt }: KeysetRecord): Keyset {
  const chain = x509.chain.map((each) => Buffer.from(each, 'base64'))
  const [issuing] = chain
  const certificate = issuing === undefined ? undefined : readCertificate(issuing)
  const subjectKeyId = certificate?.ok === true ? certificate.subjectKeyId : undefined
  return {
    id,
    state,
    createdAt,
    notAfter,
    ...(activatedAt === undefined ? {} : { activatedAt }),
    ...(taintedAt === undefined ? {} : { taintedAt }),
    subjectKeyId: subjectKeyId === undefined ? '' : Buffer.from(subjectKeyId).toString('hex'),
    certificatePem: certificatesToPem(chain),
    jwtKeys: jwt.map(({ keyId, algorithm }) => ({ keyId, algorithm })),
  }
}

import { create } from '@bufbuild/protobuf'
import { status, statusOf } from '../status.ts'
import { agentApi } from '@mintmark/contract/grpc'
import { generateWorkloadKey, parseSpiffeId, readCertificate, writeCsr, type SpiffeId, type X509Svid } from '@mintmark/spiffe'
import type { Attributes } from '@mintmark/mint/attestation'
import type { IssuedJwt, IssuedX509, JwtWish } from '../issuance.ts'
import { Refusal } from '../refusal.ts'
import type { Workload } from '../workload.ts'

/** Longest hint that is handed on, in bytes (Workload API section 5.2.1: refuse longer ones). */
const HINT_BYTES_MAX = 1_024
/** Most identities that one workload may have. */
const IDENTITIES_MAX = 100

/** A workload's wish with the key that was made for it. The key never leaves the agent but to the workload. */
export interface X509Wish {
  readonly workload: Workload
  readonly item: agentApi.X509Item
  readonly privateKey: Uint8Array
}

/** Makes a key for the workload and the item that asks for its certificates. */
export function wishX509(workload: Workload, requireProofOfPossession: boolean): X509Wish {
  const workloadKey = generateWorkloadKey()
  const key = requireProofOfPossession
    ? ({ case: 'csr', value: writeCsr({ key: workloadKey }) } as const)
    : ({ case: 'publicKey', value: workloadKey.publicKey } as const)
  return { workload, privateKey: workloadKey.privateKey, item: create(agentApi.X509ItemSchema, { attributes: attributesOf(workload.attributes), key }) }
}

/** The item that asks for JWT-SVIDs. */
export function wishJwt({ workload, audience, spiffeId }: JwtWish): agentApi.JwtItem {
  return create(agentApi.JwtItemSchema, { attributes: attributesOf(workload.attributes), audience: [...audience], spiffeId })
}

/** @throws Refusal when the server refused the item, or answered what no workload may be given */
export function readX509(wish: X509Wish, result: agentApi.X509Result): IssuedX509 {
  refuseUnlessDone(result)
  const authorityKeyIds = new Set<string>()
  const hints = new Set<string>()
  const svids: X509Svid[] = []
  for (const svid of result.svids.slice(0, IDENTITIES_MAX)) {
    const certificate = svid.certificates[0] === undefined ? undefined : readCertificate(svid.certificates[0])
    if (certificate?.ok !== true) throw unusable('a certificate that cannot be read')
    if (certificate.uris[0] !== svid.spiffeId) throw unusable('a certificate of another identity')
    if (certificate.authorityKeyId !== undefined) authorityKeyIds.add(hexOf(certificate.authorityKeyId))
    if (!takesHint(hints, svid.hint)) continue
    svids.push({
      id: idOf(svid.spiffeId),
      certificates: svid.certificates,
      privateKey: wish.privateKey,
      ...(svid.hint === '' ? {} : { hint: svid.hint }),
      notBefore: new Date(Number(svid.notBeforeUnixSeconds) * 1000),
      notAfter: new Date(Number(svid.notAfterUnixSeconds) * 1000),
    })
  }
  if (svids.length === 0) throw new Refusal(status.PERMISSION_DENIED, 'No identity is issued to this workload.')
  return { svids, authorityKeyIds: [...authorityKeyIds] }
}

/** @throws Refusal when the server refused the item, or answered what no workload may be given */
export function readJwt(wish: JwtWish, result: agentApi.JwtResult): IssuedJwt {
  refuseUnlessDone(result)
  const hints = new Set<string>()
  const kept = result.svids.slice(0, IDENTITIES_MAX).filter(({ hint }) => takesHint(hints, hint))
  if (kept.length === 0) throw new Refusal(status.PERMISSION_DENIED, 'No identity is issued to this workload.')
  return {
    keyIds: [...new Set(kept.map(({ keyId }) => keyId))],
    svids: kept.map((svid) => ({
      id: idOf(svid.spiffeId),
      token: svid.token,
      audience: wish.audience,
      ...(svid.hint === '' ? {} : { hint: svid.hint }),
      issuedAt: new Date(Number(svid.issuedAtUnixSeconds) * 1000),
      expiresAt: new Date(Number(svid.expiresAtUnixSeconds) * 1000),
    })),
  }
}

/** Hints are unique in an answer: the identity that comes first keeps a hint that two claim (rule 33). */
function takesHint(taken: Set<string>, hint: string): boolean {
  if (hint === '') return true
  if (Buffer.byteLength(hint) > HINT_BYTES_MAX || taken.has(hint)) return false
  taken.add(hint)
  return true
}

/** The code of a result that is there. */
const DONE = 0

function refuseUnlessDone({ code, message }: agentApi.X509Result | agentApi.JwtResult): void {
  if (code === DONE) return
  throw new Refusal(statusOf(code), message === '' ? 'The trust domain server refused.' : message)
}

function idOf(text: string): SpiffeId {
  const parsed = parseSpiffeId(text)
  if (!parsed.ok) throw unusable('an identity that is no SPIFFE ID')
  return parsed.id
}

function unusable(what: string): Refusal {
  return new Refusal(status.INTERNAL, `The trust domain server answered with ${what}.`)
}

function attributesOf(attributes: Attributes): { name: string; value: string }[] {
  return [...attributes].map(([name, value]) => ({ name, value }))
}

function hexOf(bytes: Uint8Array | string): string {
  return typeof bytes === 'string' ? bytes.toLowerCase() : Buffer.from(bytes).toString('hex')
}

import { hash } from 'node:crypto'
import type { AuthoritySnapshot, JwtSigningKey } from '@mintmark/mint/authority'
import type { SpiffeId, SubjectPart } from '@mintmark/spiffe'
import { eventId } from '../events/id.ts'
import { formatSubject } from '../policy/subject.ts'
import type { Refused } from './answer.ts'
import type { Asker, IssuerDependencies } from './asker.ts'
import type { JwtWant } from './want.ts'

interface Common {
  readonly snapshot: AuthoritySnapshot
  readonly asker: Asker
  readonly nowMs: number
}

/** `workload_credential_issued` for a certificate: everything that finds it again, nothing that is secret. */
export function recordX509(
  issued: Common & {
    readonly id: SpiffeId
    readonly hint: string
    readonly certificate: Uint8Array
    readonly serial: Uint8Array
    readonly attributes: ReadonlyMap<string, string>
    /** Of the issuer, hex. */
    readonly authorityKeyId: string
    readonly plan: {
      readonly notAfterMs: number
      readonly omitted: readonly string[]
      readonly subjectKeyId: Uint8Array
      readonly subject: readonly SubjectPart[] | undefined
    }
  },
  { record, trustDomainId }: IssuerDependencies,
): void {
  const at = isoOf(issued.nowMs)
  record({
    ...commonFields(issued, trustDomainId),
    type: 'workload_credential_issued',
    outcome: 'success',
    spiffeId: issued.id,
    svidType: 'x509',
    keysetId: issued.snapshot.keysetId,
    issuedAt: at,
    expiresAt: isoOf(issued.plan.notAfterMs),
    details: {
      serial: Buffer.from(issued.serial).toString('hex'),
      fingerprintSha256: hash('sha256', issued.certificate, 'hex'),
      subjectKeyId: Buffer.from(issued.plan.subjectKeyId).toString('hex'),
      authorityKeyId: issued.authorityKeyId,
      ...(issued.plan.subject === undefined ? {} : { subject: formatSubject(issued.plan.subject) }),
      ...hintAndOmitted(issued.hint, issued.plan.omitted),
      attributes: Object.fromEntries(issued.attributes),
    },
  })
}

/** `workload_credential_issued` for a token. The token itself is in no event. */
export function recordJwt(
  issued: Common & { readonly id: SpiffeId; readonly hint: string; readonly want: JwtWant; readonly key: JwtSigningKey; readonly expiresAtMs: number },
  { record, trustDomainId, jwtIssuer }: IssuerDependencies,
): void {
  const at = isoOf(issued.nowMs)
  record({
    ...commonFields(issued, trustDomainId),
    type: 'workload_credential_issued',
    outcome: 'success',
    spiffeId: issued.id,
    svidType: 'jwt',
    keysetId: issued.snapshot.keysetId,
    audience: issued.want.audience,
    issuedAt: at,
    expiresAt: isoOf(issued.expiresAtMs),
    details: {
      kid: issued.key.keyId,
      alg: issued.key.signer.algorithm,
      ...(jwtIssuer === undefined ? {} : { iss: jwtIssuer }),
      ...hintAndOmitted(issued.hint, []),
      attributes: Object.fromEntries(issued.want.attributes),
    },
  })
}

/** `workload_credential_error`: also for a workload whose subject could not be told. */
export function recordRefusal(
  failed: Common & {
    readonly svidType: 'x509' | 'jwt'
    readonly attributes: ReadonlyMap<string, string>
    readonly refusal: Refused
    readonly audience: readonly string[] | undefined
  },
  { record, trustDomainId }: IssuerDependencies,
): void {
  record({
    ...commonFields(failed, trustDomainId),
    type: 'workload_credential_error',
    outcome: 'failure',
    svidType: failed.svidType,
    ...(failed.audience === undefined ? {} : { audience: failed.audience.slice(0, 16).map((value) => value.slice(0, 1024)) }),
    error: failed.refusal.message,
    details: { code: failed.refusal.code, attributes: Object.fromEntries(failed.attributes) },
  })
}

function commonFields({ asker, nowMs }: Common, trustDomainId: string) {
  return {
    id: eventId(nowMs),
    at: isoOf(nowMs),
    trustDomainId,
    clusterId: asker.cluster.row.id,
    agentId: asker.session.agentId,
  }
}

/** Texts of the last few moments: the events of a batch share theirs, and formatting a date costs as much as all the rest of an event. */
const texts = new Map<number, string>()
const TEXTS_MAX = 64

function isoOf(ms: number): string {
  const known = texts.get(ms)
  if (known !== undefined) return known
  const text = new Date(ms).toISOString()
  if (texts.size >= TEXTS_MAX) texts.clear()
  texts.set(ms, text)
  return text
}

function hintAndOmitted(hint: string, omitted: readonly string[]) {
  return { ...(hint === '' ? {} : { hint }), ...(omitted.length === 0 ? {} : { omitted }) }
}

import { hash } from 'node:crypto'
import type { AuthoritySnapshot, JwtSigningKey } from '@mintmark/mint/authority'
import type { SpiffeId, SubjectPart } from '@mintmark/spiffe'
import { eventId } from '../events/id.ts'
import { inOnePiece, IssuedEvent, IssuedTokenEvent, jsonObject, jsonText, placeOf } from '../events/issued.ts'
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
  const { serial, certificate, plan, authorityKeyId, attributes } = issued
  const subject = plan.subject === undefined ? '' : `,"subject":${jsonText(formatSubject(plan.subject))}`
  const own = `"serial":"${hexOf(serial)}","fingerprintSha256":"${hash('sha256', certificate, 'hex')}","subjectKeyId":"${hexOf(plan.subjectKeyId)}"`
  const detailsText = `{${own},"authorityKeyId":"${authorityKeyId}"${subject}${hintAndOmitted(issued.hint, plan.omitted)},"attributes":${jsonObject(attributes)}}`
  record(new IssuedEvent(fieldsOf(issued, 'x509', { trustDomainId, expiresAtMs: plan.notAfterMs, attributes, detailsText })))
}

/** `workload_credential_issued` for a token. The token itself is in no event. */
export function recordJwt(
  issued: Common & { readonly id: SpiffeId; readonly hint: string; readonly want: JwtWant; readonly key: JwtSigningKey; readonly expiresAtMs: number },
  { record, trustDomainId, jwtIssuer }: IssuerDependencies,
): void {
  const { key, expiresAtMs, hint } = issued
  const { attributes, audience } = issued.want
  const issuer = jwtIssuer === undefined ? '' : `,"iss":${jsonText(jwtIssuer)}`
  const own = `"kid":${jsonText(key.keyId)},"alg":"${key.signer.algorithm}"${issuer}${hintAndOmitted(hint, [])}`
  const detailsText = `{${own},"attributes":${jsonObject(attributes)}}`
  record(new IssuedTokenEvent(fieldsOf(issued, 'jwt', { trustDomainId, expiresAtMs, attributes, detailsText }), audience))
}

/** What both have. */
function fieldsOf(
  { id, asker, nowMs, snapshot }: Common & { readonly id: SpiffeId },
  svidType: 'x509' | 'jwt',
  own: { readonly trustDomainId: string; readonly expiresAtMs: number; readonly attributes: ReadonlyMap<string, string>; readonly detailsText: string },
): ConstructorParameters<typeof IssuedEvent>[0] {
  return {
    id: inOnePiece(eventId(nowMs)),
    at: isoOf(nowMs),
    trustDomainId: own.trustDomainId,
    clusterId: asker.cluster.row.id,
    agentId: asker.session.agentId,
    spiffeId: id,
    svidType,
    keysetId: snapshot.keysetId,
    expiresAt: isoOf(own.expiresAtMs),
    place: placeOf(own.attributes),
    detailsText: inOnePiece(own.detailsText),
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
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
    id: eventId(failed.nowMs),
    at: isoOf(failed.nowMs),
    trustDomainId,
    clusterId: failed.asker.cluster.row.id,
    agentId: failed.asker.session.agentId,
    type: 'workload_credential_error',
    outcome: 'failure',
    svidType: failed.svidType,
    ...(failed.audience === undefined ? {} : { audience: failed.audience.slice(0, 16).map((value) => value.slice(0, 1024)) }),
    error: failed.refusal.message,
    details: { code: failed.refusal.code, attributes: Object.fromEntries(failed.attributes) },
  })
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

/** Members of a JSON object, each with a comma before it. */
function hintAndOmitted(hint: string, omitted: readonly string[]): string {
  return `${hint === '' ? '' : `,"hint":${jsonText(hint)}`}${omitted.length === 0 ? '' : `,"omitted":${JSON.stringify(omitted)}`}`
}

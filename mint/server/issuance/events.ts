import { hash } from 'node:crypto'
import type { AuthoritySnapshot, JwtSigningKey } from '@mintmark/mint/authority'
import type { SpiffeId, SubjectPart } from '@mintmark/spiffe'
import { eventId } from '../events/id.ts'
import { IssuedEvent, IssuedTokenEvent, type IssuedBatch } from '../events/issued.ts'
import { EventWriter } from '../events/writer.ts'
import { formatSubject } from '../policy/subject.ts'
import type { MintEvent, WorkloadPlace } from '../ports.ts'
import type { Refused } from './answer.ts'
import type { Asker } from './asker.ts'
import type { WorkloadAttributes } from './attributes.ts'

/** What the events of a batch have in common. */
export interface EventBatch extends IssuedBatch {
  readonly atMs: number
}

/** A certificate and whom it is for. */
interface IssuedCertificate {
  readonly id: SpiffeId
  readonly hint: string
  readonly certificate: Uint8Array
  readonly serial: Uint8Array
  readonly attributes: WorkloadAttributes
  /** Of the issuer, hex. */
  readonly authorityKeyId: string
  readonly plan: {
    readonly notAfterMs: number
    readonly omitted: readonly string[]
    readonly subjectKeyId: Uint8Array
    readonly subject: readonly SubjectPart[] | undefined
  }
}

/** Tokens of a workload share all but these. */
interface IssuedToken {
  readonly id: SpiffeId
  readonly hint: string
  readonly attributes: WorkloadAttributes
  readonly audience: readonly string[]
  readonly key: JwtSigningKey
  readonly expiresAtMs: number
}

/** A workload that was given nothing. */
interface RefusedWorkload {
  readonly attributes: WorkloadAttributes
  readonly refusal: Refused
  readonly audience?: readonly string[]
}

/** Puts on record what issuance does. */
export interface Recorder {
  /** What the events of a batch share. */
  batch(svidType: 'x509' | 'jwt', asker: Asker, snapshot: AuthoritySnapshot, nowMs: number): EventBatch
  /** `workload_credential_issued` for a certificate: everything that finds it again, nothing that is secret. */
  certificate(issued: IssuedCertificate, batch: EventBatch): void
  /** `workload_credential_issued` for a token. The token itself is in no event. */
  token(issued: IssuedToken, batch: EventBatch): void
  /** `workload_credential_error`: also for a workload whose subject could not be told. */
  refusal(refused: RefusedWorkload, batch: EventBatch): void
}

/** @param jwtIssuer `iss` of tokens; undefined: they have none */
export function createRecorder(record: (event: MintEvent) => void, trustDomainId: string, jwtIssuer: string | undefined): Recorder {
  const writer = new EventWriter()
  return {
    batch: (svidType, { session, cluster }, { keysetId }, nowMs) => ({
      atMs: nowMs,
      at: isoOf(nowMs),
      trustDomainId,
      clusterId: cluster.row.id,
      agentId: session.agentId,
      svidType,
      keysetId,
    }),
    certificate: ({ id, hint, certificate, serial, attributes, authorityKeyId, plan }, batch) => {
      writer.begin(batch.atMs)
      writer.ascii('{"serial":"')
      writer.hex(serial)
      writer.ascii(`","fingerprintSha256":"${hash('sha256', certificate, 'hex')}","subjectKeyId":"`)
      writer.hex(plan.subjectKeyId)
      writer.ascii(`","authorityKeyId":"${authorityKeyId}"`)
      if (plan.subject !== undefined) {
        writer.ascii(',"subject":')
        writer.text(formatSubject(plan.subject))
      }
      endDetails(writer, hint, plan.omitted, attributes)
      const expiresAt = isoOf(plan.notAfterMs)
      record(new IssuedEvent(batch, { spiffeId: id, expiresAt, place: placeOf(attributes), bytes: writer.end() }))
    },
    token: ({ id, hint, attributes, audience, key, expiresAtMs }, batch) => {
      writer.begin(batch.atMs)
      writer.ascii(`{"alg":"${key.signer.algorithm}","kid":`)
      writer.text(key.keyId)
      if (jwtIssuer !== undefined) {
        writer.ascii(',"iss":')
        writer.text(jwtIssuer)
      }
      endDetails(writer, hint, [], attributes)
      const fields = { spiffeId: id, expiresAt: isoOf(expiresAtMs), place: placeOf(attributes), bytes: writer.end() }
      record(new IssuedTokenEvent(batch, fields, audience))
    },
    refusal: ({ attributes, refusal, audience }, { atMs, at, clusterId, agentId, svidType }) =>
      record({
        id: eventId(new Date(atMs)),
        at,
        trustDomainId,
        clusterId,
        agentId,
        type: 'workload_credential_error',
        outcome: 'failure',
        svidType,
        ...(audience === undefined ? {} : { audience: audience.slice(0, 16).map((value) => value.slice(0, 1024)) }),
        error: refusal.message,
        details: { code: refusal.code, attributes: Object.fromEntries(attributes) },
      }),
  }
}

function endDetails(writer: EventWriter, hint: string, omitted: readonly string[], attributes: WorkloadAttributes): void {
  if (hint !== '') {
    writer.ascii(',"hint":')
    writer.text(hint)
  }
  for (const [index, reason] of omitted.entries()) {
    writer.ascii(index === 0 ? ',"omitted":[' : ',')
    writer.text(reason)
  }
  writer.ascii(omitted.length === 0 ? ',"attributes":' : '],"attributes":')
  attributes.writeTo(writer)
  writer.ascii('}')
}

/** Where attestors of Kubernetes say that a workload runs. */
function placeOf(attributes: WorkloadAttributes): WorkloadPlace {
  return {
    namespace: attributes.get('kubernetes.pod.namespace'),
    serviceAccount: attributes.get('kubernetes.pod.service_account'),
    podOwner: attributes.get('kubernetes.pod.owner'),
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

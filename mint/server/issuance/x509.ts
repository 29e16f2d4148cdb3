import type { AuthoritySnapshot } from '@mintmark/mint/authority'
import { prepareLeafWriter, randomSerial, readCertificate, subjectKeyIdOf, type LeafFields, type SubjectPart } from '@mintmark/spiffe'
import { CODES } from '../failure.ts'
import { SERVER_LIMITS } from '../limits.ts'
import type { PlannedIdentity } from '../policy/path-ids.ts'
import { renderSubject } from '../policy/subject.ts'
import { noIdentity, refused, settleAnswers, type IssuedX509, type Refused, type X509Answer } from './answer.ts'
import { serverAttributesOf, type Asker, type Issuer, type IssuerDependencies } from './asker.ts'
import type { ServerAttributes, WorkloadAttributes } from './attributes.ts'
import type { EventBatch, Recorder } from './events.ts'
import { keyOf } from './public-key.ts'
import type { X509Want } from './want.ts'

/** Everything of one workload but its certificates. */
interface Plan {
  readonly identities: readonly PlannedIdentity[]
  readonly publicKey: Uint8Array
  readonly subjectKeyId: Uint8Array
  readonly subject: readonly SubjectPart[] | undefined
  readonly notAfterMs: number
  readonly omitted: readonly string[]
}

/** Issues X.509-SVIDs. With a local signer no promise is made, neither per workload nor per batch. */
export function createX509Issuer(dependencies: IssuerDependencies): Issuer['issueX509'] {
  const { authority, now, recorder } = dependencies
  let prepared: Prepared | undefined
  return (wants, asker) => {
    const snapshot = authority.current()
    if (prepared?.snapshot.issuer !== snapshot.issuer) prepared = prepare(snapshot)
    const { write, authorityKeyId } = prepared
    const nowMs = Math.floor(now().getTime() / 1000) * 1000
    const notBefore = new Date(nowMs - SERVER_LIMITS.backdateSeconds * 1000)
    const events = recorder.batch('x509', asker, snapshot, nowMs)
    const batch = { snapshot, asker, server: serverAttributesOf(asker), write, authorityKeyId, nowMs, notBefore, events, recorder }
    return settleAnswers(wants.map((want) => issueOne(want, batch)))
  }
}

/** What all certificates of an issuer share. */
interface Prepared {
  readonly snapshot: AuthoritySnapshot
  readonly write: (leaf: LeafFields) => Uint8Array | Promise<Uint8Array>
  /** Hex; the same in all leaves of the issuer. */
  readonly authorityKeyId: string
}

function prepare(snapshot: AuthoritySnapshot): Prepared {
  const write = prepareLeafWriter(snapshot.issuer)
  const issuer = readCertificate(snapshot.issuer.certificate)
  const keyId = issuer.ok ? issuer.subjectKeyId : undefined
  return { snapshot, write, authorityKeyId: Buffer.from(keyId ?? subjectKeyIdOf(snapshot.issuer.signer.publicKey)).toString('hex') }
}

interface Batch extends Prepared {
  readonly asker: Asker
  readonly server: ServerAttributes
  readonly nowMs: number
  readonly notBefore: Date
  readonly events: EventBatch
  readonly recorder: Recorder
}

/** A certificate that was asked for. */
interface Written {
  readonly identity: PlannedIdentity
  readonly serial: Uint8Array
  readonly certificate: Uint8Array
}

function issueOne(want: X509Want, batch: Batch): X509Answer | Promise<X509Answer> {
  const { attributes } = want
  attributes.complete(batch.server)
  const plan = planOne(want, batch)
  if ('code' in plan) {
    batch.recorder.refusal({ attributes, refusal: plan }, batch.events)
    return plan
  }
  const notAfter = new Date(plan.notAfterMs)
  const written: Written[] = []
  const late: Promise<Written>[] = []
  for (const identity of plan.identities) {
    const serial = randomSerial()
    const { publicKey, subjectKeyId, subject } = plan
    const leaf = { id: identity.id, publicKey, subjectKeyId, serial, notBefore: batch.notBefore, notAfter }
    const certificate = batch.write(subject === undefined ? leaf : { ...leaf, subject })
    if (certificate instanceof Promise) late.push(certificate.then((bytes) => ({ identity, serial, certificate: bytes })))
    else written.push({ identity, serial, certificate })
  }
  if (late.length === 0) return answerWith(written, { attributes, plan, batch })
  return Promise.all(late).then(
    (all) => answerWith([...written, ...all], { attributes, plan, batch }),
    () => refused(CODES.unavailable, 'signer-unavailable', 'The key that signs certificates cannot be reached; try again in a moment.'),
  )
}

/** The answer to a workload, once its certificates are there, and an event for each. */
function answerWith(
  written: readonly Written[],
  { attributes, plan, batch }: { readonly attributes: WorkloadAttributes; readonly plan: Plan; readonly batch: Batch },
): X509Answer {
  const { authorityKeyId, events, nowMs, recorder } = batch
  const { intermediates } = batch.snapshot.issuer
  const svids: IssuedX509[] = []
  for (const { identity, serial, certificate } of written) {
    const { id, hint } = identity
    svids.push({ id, hint, certificates: intermediates.length === 0 ? [certificate] : [certificate, ...intermediates] })
    recorder.certificate({ id, hint, certificate, serial, attributes, authorityKeyId, plan }, events)
  }
  return { code: 0, svids, issuedAtSeconds: nowMs / 1000, expiresAtSeconds: plan.notAfterMs / 1000 }
}

function planOne(want: X509Want, { snapshot, asker, nowMs }: Batch): Plan | Refused {
  const decision = asker.cluster.policy(want.attributes)
  if (!decision.ok) return noIdentity(decision.label, decision.reason)
  const { identities, rules, omitted } = decision
  const key = keyOf(want, identities)
  if (!key.ok) return refused(CODES.invalidArgument, 'key-not-allowed', key.reason)
  const subject = rules.subject === undefined ? undefined : renderSubject(rules.subject, want.attributes)
  if (subject?.ok === false) return noIdentity('subject-not-allowed', `The subject of the policy cannot be written for this workload: ${subject.reason}`)
  const notAfterMs = Math.min(nowMs + rules.x509Seconds * 1000, Math.floor(snapshot.issuerNotAfter.getTime() / 1000) * 1000)
  if (notAfterMs - nowMs < SERVER_LIMITS.x509SecondsMin * 1000 && notAfterMs - nowMs < rules.x509Seconds * 1000) {
    return refused(CODES.unavailable, 'authority-expired', 'The issuing certificate of the trust domain has expired or is about to; it has to be rotated.')
  }
  return { identities, publicKey: key.publicKey, subjectKeyId: subjectKeyIdOf(key.publicKey), subject: subject?.subject, notAfterMs, omitted }
}

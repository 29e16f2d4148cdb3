import type { AuthoritySnapshot } from '@mintmark/mint/authority'
import { prepareLeafWriter, randomSerial, readCertificate, subjectKeyIdOf, type LeafFields, type SubjectPart } from '@mintmark/spiffe'
import { CODES } from '../failure.ts'
import { SERVER_LIMITS } from '../limits.ts'
import type { PlannedIdentity } from '../policy/compile.ts'
import { renderSubject } from '../policy/subject.ts'
import { noIdentity, refused, settleAnswers, type IssuedX509, type Refused, type X509Answer } from './answer.ts'
import { recordRefusal, recordX509 } from './events.ts'
import { completeAttributes, type Asker, type Issuer, type IssuerDependencies } from './asker.ts'
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
  let prepared: Prepared | undefined
  return (wants, asker) => {
    const snapshot = dependencies.authority.current()
    if (prepared?.snapshot.issuer !== snapshot.issuer) prepared = prepare(snapshot)
    const { write, authorityKeyId } = prepared
    const nowMs = Math.floor(dependencies.now().getTime() / 1000) * 1000
    const notBefore = new Date(nowMs - SERVER_LIMITS.backdateSeconds * 1000)
    const batch = { snapshot, asker, write, authorityKeyId, nowMs, notBefore }
    return settleAnswers(wants.map((want) => issueOne(want, batch, dependencies)))
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
  readonly nowMs: number
  readonly notBefore: Date
}

function issueOne(want: X509Want, batch: Batch, dependencies: IssuerDependencies): X509Answer | Promise<X509Answer> {
  completeAttributes(want.attributes, batch.asker)
  const plan = planOne(want, batch)
  if ('code' in plan) {
    recordRefusal({ svidType: 'x509', attributes: want.attributes, refusal: plan, audience: undefined, ...batch }, dependencies)
    return plan
  }
  const { publicKey, subjectKeyId, subject } = plan
  const notAfter = new Date(plan.notAfterMs)
  const serials = plan.identities.map(randomSerial)
  const written = plan.identities.map(({ id }, index) => {
    const leaf = { id, publicKey, subjectKeyId, serial: serials[index] ?? randomSerial(), notBefore: batch.notBefore, notAfter }
    return batch.write(subject === undefined ? leaf : { ...leaf, subject })
  })
  const finish = (certificates: readonly Uint8Array[]): X509Answer => answerWith(certificates, serials, { want, plan, batch }, dependencies)
  if (written.every((certificate) => certificate instanceof Uint8Array)) return finish(written)
  return Promise.all(written.map(async (certificate) => certificate)).then(finish, () =>
    refused(CODES.unavailable, 'signer-unavailable', 'The key that signs certificates cannot be reached; try again in a moment.'),
  )
}

/** The answer to a workload, once its certificates are there, and an event for each. */
function answerWith(
  certificates: readonly Uint8Array[],
  serials: readonly Uint8Array[],
  { want, plan, batch }: { readonly want: X509Want; readonly plan: Plan; readonly batch: Batch },
  dependencies: IssuerDependencies,
): X509Answer {
  const { snapshot, asker, nowMs, authorityKeyId } = batch
  const { attributes } = want
  const { intermediates } = snapshot.issuer
  const svids: IssuedX509[] = []
  for (let index = 0; index < certificates.length; index += 1) {
    const certificate = certificates[index]
    const serial = serials[index]
    const identity = plan.identities[index]
    if (certificate === undefined || serial === undefined || identity === undefined) continue
    const { id, hint } = identity
    svids.push({ id, hint, certificates: intermediates.length === 0 ? [certificate] : [certificate, ...intermediates] })
    recordX509({ id, hint, certificate, serial, plan, attributes, snapshot, asker, nowMs, authorityKeyId }, dependencies)
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

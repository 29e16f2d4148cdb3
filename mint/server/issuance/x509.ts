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
    const batch = { snapshot, asker, write, authorityKeyId, nowMs: Math.floor(dependencies.now().getTime() / 1000) * 1000 }
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
}

function issueOne(want: X509Want, batch: Batch, dependencies: IssuerDependencies): X509Answer | Promise<X509Answer> {
  completeAttributes(want.attributes, batch.asker)
  const plan = planOne(want, batch)
  if ('code' in plan) {
    recordRefusal({ svidType: 'x509', attributes: want.attributes, refusal: plan, audience: undefined, ...batch }, dependencies)
    return plan
  }
  const { snapshot, nowMs } = batch
  const { publicKey, subjectKeyId } = plan
  const notBefore = new Date(nowMs - SERVER_LIMITS.backdateSeconds * 1000)
  const notAfter = new Date(plan.notAfterMs)
  const leaves = plan.identities.map(({ id }) => {
    const serial = randomSerial()
    const leaf = { id, publicKey, subjectKeyId, serial, notBefore, notAfter, ...(plan.subject === undefined ? {} : { subject: plan.subject }) }
    return { serial, certificate: batch.write(leaf) }
  })
  const finish = (certificates: readonly Uint8Array[]): X509Answer => {
    const svids: IssuedX509[] = []
    for (const [index, { id, hint }] of plan.identities.entries()) {
      const certificate = certificates[index]
      const serial = leaves[index]?.serial
      if (certificate === undefined || serial === undefined) continue
      svids.push({ id, hint, certificates: [certificate, ...snapshot.issuer.intermediates] })
      recordX509({ id, hint, certificate, serial, plan, attributes: want.attributes, ...batch }, dependencies)
    }
    return { code: 0, svids, issuedAtSeconds: nowMs / 1000, expiresAtSeconds: plan.notAfterMs / 1000 }
  }
  const written = leaves.map(({ certificate }) => certificate)
  if (written.every((certificate) => certificate instanceof Uint8Array)) return finish(written)
  return Promise.all(written.map(async (certificate) => certificate)).then(finish, () =>
    refused(CODES.unavailable, 'signer-unavailable', 'The key that signs certificates cannot be reached; try again in a moment.'),
  )
}

function planOne(want: X509Want, { snapshot, asker, nowMs }: Batch): Plan | Refused {
  const decision = asker.cluster.policy(want.attributes)
  if (!decision.ok) return noIdentity(decision.label, decision.reason)
  const { identities, rules, omitted } = decision
  const key = keyOf(
    want,
    identities.map(({ id }) => id),
  )
  if (!key.ok) return refused(CODES.invalidArgument, 'key-not-allowed', key.reason)
  const subject = rules.subject === undefined ? undefined : renderSubject(rules.subject, want.attributes)
  if (subject?.ok === false) return noIdentity('subject-not-allowed', `The subject of the policy cannot be written for this workload: ${subject.reason}`)
  const notAfterMs = Math.min(nowMs + rules.x509Seconds * 1000, Math.floor(snapshot.issuerNotAfter.getTime() / 1000) * 1000)
  if (notAfterMs - nowMs < SERVER_LIMITS.x509SecondsMin * 1000 && notAfterMs - nowMs < rules.x509Seconds * 1000) {
    return refused(CODES.unavailable, 'authority-expired', 'The issuing certificate of the trust domain has expired or is about to; it has to be rotated.')
  }
  return { identities, publicKey: key.publicKey, subjectKeyId: subjectKeyIdOf(key.publicKey), subject: subject?.subject, notAfterMs, omitted }
}

import type { AuthoritySnapshot, JwtSigningKey } from '@mintmark/mint/authority'
import { parseSpiffeId, signJwtSvid } from '@mintmark/spiffe'
import { CODES } from '../failure.ts'
import { SERVER_LIMITS } from '../limits.ts'
import { renderClaims } from '../policy/claims.ts'
import type { PlannedIdentity } from '../policy/path-ids.ts'
import { noIdentity, refused, settleAnswers, type IssuedJwt, type JwtAnswer, type Refused } from './answer.ts'
import { serverAttributesOf, type Asker, type Issuer, type IssuerDependencies } from './asker.ts'
import type { ServerAttributes } from './attributes.ts'
import type { EventBatch } from './events.ts'
import type { JwtWant } from './want.ts'

/** Audiences of our own tokens: a workload that could have one for them could pose as an agent. */
const RESERVED_AUDIENCES = 'urn:mintmark:'

interface Plan {
  readonly identities: readonly PlannedIdentity[]
  readonly key: JwtSigningKey
  readonly claims: Readonly<Record<string, unknown>>
  readonly expiresAtMs: number
}

interface Batch {
  readonly snapshot: AuthoritySnapshot
  readonly asker: Asker
  readonly server: ServerAttributes
  readonly nowMs: number
  readonly events: EventBatch
}

/** Issues JWT-SVIDs. With local keys no promise is made. */
export function createJwtIssuer(dependencies: IssuerDependencies): Issuer['issueJwt'] {
  return (wants, asker) => {
    const snapshot = dependencies.authority.current()
    const nowMs = Math.floor(dependencies.now().getTime() / 1000) * 1000
    const batch = { snapshot, asker, server: serverAttributesOf(asker), nowMs, events: dependencies.recorder.batch('jwt', asker, snapshot, nowMs) }
    return settleAnswers(wants.map((want) => issueOne(want, batch, dependencies)))
  }
}

function issueOne(want: JwtWant, batch: Batch, { recorder, jwtIssuer }: IssuerDependencies): JwtAnswer | Promise<JwtAnswer> {
  const { attributes, audience } = want
  attributes.complete(batch.server)
  const plan = planOne(want, batch)
  if ('code' in plan) {
    recorder.refusal({ attributes, refusal: plan, audience }, batch.events)
    return plan
  }
  const issuedAt = new Date(batch.nowMs)
  const expiresAt = new Date(plan.expiresAtMs)
  const { key, claims } = plan
  const tokens = plan.identities.map(({ id }) =>
    signJwtSvid({
      id,
      audience,
      issuedAt,
      expiresAt,
      keyId: key.keyId,
      signer: key.signer,
      claims,
      ...(jwtIssuer === undefined ? {} : { issuer: jwtIssuer }),
    }),
  )
  const finish = (signed: readonly string[]): JwtAnswer => {
    const svids: IssuedJwt[] = []
    for (const [index, { id, hint }] of plan.identities.entries()) {
      const token = signed[index]
      if (token === undefined) continue
      svids.push({ id, hint, token })
      recorder.token({ id, hint, attributes, audience, key, expiresAtMs: plan.expiresAtMs }, batch.events)
    }
    return { code: 0, svids, keyId: key.keyId, issuedAtSeconds: batch.nowMs / 1000, expiresAtSeconds: plan.expiresAtMs / 1000 }
  }
  if (tokens.every((token) => typeof token === 'string')) return finish(tokens)
  return Promise.all(tokens.map(async (token) => token)).then(finish, () =>
    refused(CODES.unavailable, 'signer-unavailable', 'The key that signs tokens cannot be reached; try again in a moment.'),
  )
}

function planOne(want: JwtWant, { snapshot, asker, nowMs }: Batch): Plan | Refused {
  const problem = problemOfAudience(want.audience)
  if (problem !== undefined) return refused(CODES.invalidArgument, 'audience-not-allowed', problem)
  if (want.spiffeId !== '' && !parseSpiffeId(want.spiffeId).ok)
    return refused(CODES.invalidArgument, 'spiffe-id-not-allowed', 'The SPIFFE ID that is asked for is none.')
  const decision = asker.cluster.policy(want.attributes)
  if (!decision.ok) return noIdentity(decision.label, decision.reason)
  const identities = want.spiffeId === '' ? decision.identities : decision.identities.filter(({ id }) => id === want.spiffeId)
  if (identities.length === 0) return noIdentity('not-entitled', 'The workload is not entitled to the SPIFFE ID that it asks for')
  const { rules } = decision
  const algorithm = rules.algorithmFor(want.audience)
  const key = snapshot.jwt.get(algorithm)
  if (key === undefined)
    return refused(CODES.failedPrecondition, 'algorithm-not-offered', `The audience wants ${algorithm}, and the trust domain has no such key.`)
  const claims = renderClaims(rules.claims, want.attributes)
  if (claims === undefined)
    return noIdentity(
      'claims-too-large',
      `The additional claims of the policy are larger than a token carries for this workload: ${SERVER_LIMITS.claimBytesMax} bytes each, ${SERVER_LIMITS.claimsBytesMax} together`,
    )
  const expiresAtMs = Math.min(nowMs + rules.jwtSeconds * 1000, Math.floor(key.notAfter.getTime() / 1000) * 1000)
  if (expiresAtMs <= nowMs) return refused(CODES.unavailable, 'authority-expired', 'The key that signs tokens has expired; it has to be rotated.')
  return { identities, key, claims, expiresAtMs }
}

function problemOfAudience(audience: readonly string[]): string | undefined {
  if (audience.length === 0 || audience.length > SERVER_LIMITS.audiencesMax) return `A token has 1 to ${SERVER_LIMITS.audiencesMax} audiences.`
  for (const value of audience) {
    if (value === '' || value.length > SERVER_LIMITS.audienceBytesMax) return `An audience has 1 to ${SERVER_LIMITS.audienceBytesMax} characters.`
    if (value.startsWith(RESERVED_AUDIENCES)) return `Audiences that begin with ${RESERVED_AUDIENCES} are the trust domain's own.`
  }
  return undefined
}

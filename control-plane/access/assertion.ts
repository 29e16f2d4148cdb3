import { createHash } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, errors, importSPKI, jwtVerify } from 'jose'
import { ASSERTION_AUDIENCE, HTTP_LIMITS, type ProblemName } from '@mintmark/contract/http'
import type { AccessStore, IntegrationStore } from '@mintmark/storage'
import { z } from 'zod'
import { ProblemError } from '../server/problem-error.ts'

/** The one algorithm of scanner keys. Naming it here, and not in the token, leaves no room for confusion of algorithms. */
const ALGORITHM = 'EdDSA'
/** Seconds by which clocks of scanner and server may differ. */
const CLOCK_SKEW_SECONDS = 30

const Claims = z.object({
  iss: z.string().min(1).max(64),
  aud: z.union([z.string().max(512), z.array(z.string().max(512)).max(8)]),
  iat: z.int(),
  exp: z.int(),
  jti: z.string().min(8).max(128),
})
type Claims = z.infer<typeof Claims>

/** What the check of an assertion needs. */
export interface AssertionPorts {
  readonly integrations: Pick<IntegrationStore, 'publicKey'>
  readonly access: Pick<AccessStore, 'rememberAssertion'>
  /** Address of the token route as scanners know it; the Host header is not asked, because its sender chooses it. */
  readonly tokenUrl: string
}

/**
 * Checks a scanner's assertion and remembers it, so that it works once.
 *
 * @returns id of the integration whose key signed it
 * @throws ProblemError assertion-… that says which check failed; an unknown integration and a wrong key look the same
 */
export async function verifyAssertion(assertion: string, ports: AssertionPorts, now: Date): Promise<string> {
  const claims = readClaims(assertion)
  const publicKey = await ports.integrations.publicKey(claims.iss)
  if (publicKey === undefined || !(await isSignedBy(assertion, publicKey, now))) {
    throw refuse('assertion-signature', 'No integration here has the key that signed this.', 'Create an integration and use the key that it shows.')
  }
  checkAudience(claims, ports.tokenUrl)
  checkTimes(claims, now)
  const replayGuard = createHash('sha256').update(`${claims.iss}\n${claims.jti}`).digest('hex')
  const forgetAt = new Date((claims.exp + CLOCK_SKEW_SECONDS) * 1_000)
  if (!(await ports.access.rememberAssertion(replayGuard, forgetAt, now))) {
    throw refuse('assertion-replayed', 'An assertion with this jti was used before.', 'Sign a new one for every exchange.')
  }
  return claims.iss
}

/** Reads what is not verified yet: only to find the key and to refuse early. */
function readClaims(assertion: string): Claims {
  let algorithm: unknown
  let claims: z.ZodSafeParseResult<Claims>
  try {
    algorithm = decodeProtectedHeader(assertion).alg
    claims = Claims.safeParse(decodeJwt(assertion))
  } catch {
    throw refuse('assertion-malformed', 'This is not a JWT.')
  }
  if (algorithm !== ALGORITHM) throw refuse('assertion-algorithm', `Only ${ALGORITHM} with an Ed25519 key is accepted.`)
  if (!claims.success) throw refuse('assertion-malformed', `The claim ${claims.error.issues[0]?.path.join('.') ?? ''} is missing or not as it must be.`)
  return claims.data
}

async function isSignedBy(assertion: string, publicKeyPem: string, now: Date): Promise<boolean> {
  const key = await importSPKI(publicKeyPem, ALGORITHM)
  try {
    // The times are checked by us, with an answer for each way to be wrong.
    await jwtVerify(assertion, key, { algorithms: [ALGORITHM], currentDate: now, clockTolerance: Number.MAX_SAFE_INTEGER })
    return true
  } catch (error) {
    if (error instanceof errors.JOSEError) return false
    throw error
  }
}

function checkAudience(claims: Claims, tokenUrl: string): void {
  const audiences = typeof claims.aud === 'string' ? [claims.aud] : claims.aud
  if (audiences.includes(ASSERTION_AUDIENCE) || audiences.includes(tokenUrl)) return
  throw refuse('assertion-audience', `The audience must be "${ASSERTION_AUDIENCE}" or ${tokenUrl}.`)
}

function checkTimes(claims: Claims, now: Date): void {
  const seconds = now.getTime() / 1_000
  if (claims.exp + CLOCK_SKEW_SECONDS < seconds) throw refuse('assertion-expired', 'The assertion has expired.', 'Check the clocks of scanner and server.')
  if (claims.iat - CLOCK_SKEW_SECONDS > seconds) {
    throw refuse('assertion-not-yet-valid', 'The assertion was issued in the future.', 'Check the clocks of scanner and server.')
  }
  const life = claims.exp - claims.iat
  if (life <= HTTP_LIMITS.assertionLifeSecondsMax && life > 0) return
  throw refuse('assertion-too-long-lived', `exp must be after iat by at most ${HTTP_LIMITS.assertionLifeSecondsMax} seconds.`)
}

function refuse(name: ProblemName, detail: string, remedy?: string): ProblemError {
  return new ProblemError(name, { detail, ...(remedy === undefined ? {} : { remedy }) })
}

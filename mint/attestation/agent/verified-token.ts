import { AttestationError } from '../model.ts'
import { refuseClaims } from '../tokens/claims.ts'
import { decodeToken, hasSigned } from '../tokens/jwt.ts'
import type { KeySource } from '../tokens/key-source.ts'

/**
 * Claims of a token that its issuer has signed for us and that is of this time.
 *
 * @param what the token in words, for the sentence
 * @throws AttestationError UNAUTHENTICATED with the reason, UNAVAILABLE when the issuer's keys cannot be had
 */
export async function verifyToken(
  evidence: Uint8Array,
  rules: { readonly what: string; readonly issuer: string | undefined; readonly audiences: readonly string[]; readonly keys: KeySource; readonly now: Date },
): Promise<Readonly<Record<string, unknown>>> {
  const decoded = decodeToken(Buffer.from(evidence).toString('latin1').trim())
  if (!decoded.ok) throw refuse(rules.what, decoded.reason)
  const { token } = decoded
  // The issuer first: nobody else's token makes us fetch anything.
  if (rules.issuer !== undefined && token.claims['iss'] !== rules.issuer) throw refuse(rules.what, `its issuer is not ${rules.issuer}`)
  const keys = await rules.keys.keysFor(token.keyId)
  if (!keys.some((key) => hasSigned(key, token))) throw refuse(rules.what, 'no key of its issuer has signed it')
  const problem = refuseClaims(token.claims, rules)
  if (problem !== undefined) throw refuse(rules.what, problem)
  return token.claims
}

function refuse(what: string, reason: string): AttestationError {
  return new AttestationError('UNAUTHENTICATED', `${what} is refused: ${reason}.`)
}

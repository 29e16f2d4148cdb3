/** Seconds that clocks of issuer, agent and server may differ. */
const CLOCK_LEEWAY_SECONDS = 30

/** What a token must say of itself. */
export interface ClaimRules {
  /** Literally: a trailing slash makes another issuer. Absent: not looked at. */
  readonly issuer?: string | undefined
  /** One of them must be in `aud`. */
  readonly audiences: readonly string[]
  readonly now: Date
}

/**
 * Why a token is not for us or not of this time, or undefined when it is (RFC 7519 section 4.1). `exp` is mandatory.
 *
 * The reason names claims, expected values and times, never the token.
 */
export function refuseClaims(claims: Readonly<Record<string, unknown>>, rules: ClaimRules): string | undefined {
  const nowSeconds = rules.now.getTime() / 1000
  if (rules.issuer !== undefined && claims['iss'] !== rules.issuer) return `its issuer is not ${rules.issuer}`
  const audience = audiencesOf(claims)
  if (!rules.audiences.some((wanted) => audience.includes(wanted))) return `its audience is none of ${rules.audiences.join(', ')}`
  const expires = claims['exp']
  if (typeof expires !== 'number') return 'it has no expiry'
  if (expires + CLOCK_LEEWAY_SECONDS <= nowSeconds) return `it expired ${Math.round(nowSeconds - expires)} seconds ago`
  const notBefore = claims['nbf']
  if (notBefore !== undefined && !(typeof notBefore === 'number' && notBefore - CLOCK_LEEWAY_SECONDS <= nowSeconds)) return 'it is not valid yet'
  const issuedAt = claims['iat']
  if (issuedAt !== undefined && !(typeof issuedAt === 'number' && issuedAt - CLOCK_LEEWAY_SECONDS <= nowSeconds)) return 'it was issued in the future'
  return undefined
}

/** The values of `aud`, which may be one text or a list. */
export function audiencesOf(claims: Readonly<Record<string, unknown>>): readonly string[] {
  const audience = claims['aud']
  if (typeof audience === 'string') return [audience]
  return Array.isArray(audience) ? audience.filter((value) => typeof value === 'string') : []
}

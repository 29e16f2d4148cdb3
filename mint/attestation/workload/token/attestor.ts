import { AttestationError, type Attributes, type WorkloadAttestor } from '../../model.ts'
import { audiencesOf, refuseClaims } from '../../tokens/claims.ts'
import { decodeToken, hasSigned } from '../../tokens/jwt.ts'
import type { WorkloadClock } from '../clock.ts'
import { claimAttributes } from './claim-attributes.ts'
import { openIssuerKeys, type IssuerKeys, type IssuerSource } from './issuer-keys.ts'

/** Whose tokens are believed. */
export interface AllowedIssuer extends IssuerSource {
  /** When given, one of them must be in the token's `aud`; otherwise a token for anybody is believed. */
  readonly audiences?: readonly string[] | undefined
}

/** Whose tokens are believed, and which authorities sign the issuers' certificates beside the well-known ones. */
export interface TokenAttestorSettings {
  readonly allowedIssuers: readonly AllowedIssuer[]
  readonly supplementalRootsFile?: string | undefined
}

/**
 * Attributes by a token that the workload sends in the metadata `identity-exchange-token`. Without a token it has nothing to say;
 * a token that is given must be good.
 */
export function createTokenAttestor(settings: TokenAttestorSettings, parts: { readonly date: () => Date; readonly clock: WorkloadClock }): WorkloadAttestor {
  const issuers = new Map<string, { readonly allowed: AllowedIssuer; readonly keys: IssuerKeys }>()
  for (const allowed of settings.allowedIssuers) {
    assertHttps(allowed.issuer)
    if (allowed.jwksURI !== undefined) assertHttps(allowed.jwksURI)
    issuers.set(allowed.issuer, { allowed, keys: openIssuerKeys(allowed, { clock: parts.clock, rootsFile: settings.supplementalRootsFile }) })
  }
  return {
    type: 'jwt',
    async attest({ exchangeToken }): Promise<Attributes> {
      if (exchangeToken === undefined) return new Map()
      const decoded = decodeToken(exchangeToken)
      if (!decoded.ok) throw refuse(decoded.reason)
      const { claims, keyId } = decoded.token
      const issuer = typeof claims['iss'] === 'string' ? issuers.get(claims['iss']) : undefined
      if (issuer === undefined) throw refuse('its issuer is not allowed')
      const keys = await issuer.keys.find(keyId)
      if (!keys.some((key) => hasSigned(key, decoded.token))) throw refuse('no key of its issuer has signed it')
      const problem = refuseClaims(claims, {
        issuer: issuer.allowed.issuer,
        audiences: issuer.allowed.audiences ?? audiencesOf(claims),
        now: parts.date(),
      })
      if (problem !== undefined) throw refuse(problem)
      return claimAttributes(claims)
    },
  }
}

function assertHttps(address: string): void {
  if (!URL.canParse(address) || new URL(address).protocol !== 'https:')
    throw new Error(`The issuer or key address ${JSON.stringify(address)} is not an https URL.`)
}

function refuse(reason: string): AttestationError {
  return new AttestationError('PERMISSION_DENIED', `The exchange token is refused: ${reason}.`)
}

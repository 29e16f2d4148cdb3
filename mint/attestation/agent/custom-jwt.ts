import { attributeName } from '../attribute-name.ts'
import { AttestationError } from '../model.ts'
import type { KeySource } from '../tokens/key-source.ts'
import type { AgentAttestor } from './attestor.ts'
import { verifyToken } from './verified-token.ts'

/** Whose tokens are believed, and which of their claims become attributes. */
export interface CustomJwtRules {
  readonly issuer: string
  readonly audiences: readonly string[]
  /** Claims, dotted where they are nested, that become `custom_jwt.<name>`; a name of dots that is one claim is quoted: `custom_jwt.'https://example.com/team'`. */
  readonly attributeClaims: readonly string[]
  readonly keys: KeySource
}

/** Characters of an attribute out of a claim; larger claims are refused rather than cut. */
const VALUE_LENGTH_MAX = 1024

/** Attestor `custom_jwt`: a token of any issuer that configuration names. */
export function createCustomJwtAttestor(rules: CustomJwtRules): AgentAttestor {
  return {
    type: 'custom_jwt',
    attest: async (evidence, { now }) => {
      const claims = await verifyToken(evidence, { what: 'The token of attestor custom_jwt', ...rules, now })
      const subject = claims['sub']
      if (typeof subject !== 'string' || subject === '' || subject.length > VALUE_LENGTH_MAX) throw refuse('it has no subject (sub)')
      const attributes = new Map<string, string>()
      for (const name of rules.attributeClaims) {
        // A claim's own name may hold dots (a URL, say): the whole name is tried before the path.
        const path = Object.hasOwn(claims, name) ? [name] : name.split('.')
        attributes.set(attributeName('custom_jwt', ...path), readClaim(claims, name, path))
      }
      return { tokenIdentity: `custom_jwt:${rules.issuer} ${subject}`, attributes }
    },
  }
}

function readClaim(claims: Readonly<Record<string, unknown>>, name: string, path: readonly string[]): string {
  const value = path.reduce<unknown>((at, key) => (isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined), claims)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') throw refuse(`its claim ${name}, which attributeClaims names, is missing or no text`)
  if (value.length > VALUE_LENGTH_MAX) throw refuse(`its claim ${name} has more than ${VALUE_LENGTH_MAX} characters`)
  return value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function refuse(reason: string): AttestationError {
  return new AttestationError('UNAUTHENTICATED', `The token of attestor custom_jwt is refused: ${reason}.`)
}

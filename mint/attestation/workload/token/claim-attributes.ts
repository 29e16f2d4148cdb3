import { attributeName } from '../../attribute-name.ts'
import type { Attributes } from '../../model.ts'

/**
 * Claims as attributes `jwt.claim.<name>`: texts as they are, numbers and booleans as JSON writes them, lists of texts divided by
 * commas. Objects, and texts in a list that hold a comma themselves, have no form that a policy could compare, and are left out.
 */
export function claimAttributes(claims: Readonly<Record<string, unknown>>): Attributes {
  return new Map(
    Object.entries(claims).flatMap(([name, value]) => {
      const text = asText(value)
      return name === '' || text === undefined ? [] : [[attributeName('jwt', 'claim', name), text] as const]
    }),
  )
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return JSON.stringify(value)
  if (!Array.isArray(value)) return undefined
  const texts = value.filter((element) => typeof element === 'string' && !element.includes(','))
  return texts.length === value.length ? texts.join(',') : undefined
}

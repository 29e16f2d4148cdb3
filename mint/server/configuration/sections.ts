import { allowedAttributesOf, applyWorkloadAttestation, createRedaction } from '@mintmark/mint/attestation'
import { z } from 'zod'
import { IssuancePolicySpec } from '../policy/schema.ts'
import { AgentAttestationSpec } from './agent-attestation.ts'

/** A place of a document that is wrong: a JSON pointer (RFC 6901) and a sentence. */
export interface Problem {
  readonly pointer: string
  readonly reason: string
}

/** Looks at the spec of a section. */
type Check = (spec: unknown) => readonly Problem[]

/** Replicas share one issuing keyset, so its keys have to lie where all of them reach: sealed in the database. Keys of one replica's memory or disk would split the trust domain. */
const KeyManagerSpec = z.strictObject({
  type: z.literal('sealed', {
    error: 'can only be sealed: replicas share their keys, which lie in the database under the master key (MINTMARK_MASTER_KEY_FILE); leave the section out',
  }),
})

/** Sections of managed configuration and what checks each. */
const SECTIONS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['AgentAttestation', byShape(AgentAttestationSpec)],
  ['SVIDIssuancePolicy', byShape(IssuancePolicySpec)],
  ['KeyManager', byShape(KeyManagerSpec)],
  ['WorkloadAttestation', byThrowing((spec) => applyWorkloadAttestation({}, spec))],
  ['AttributeRedaction', byThrowing((spec) => createRedaction(allowedAttributesOf(spec)))],
  ['ServerlessAttestation', () => [{ pointer: '', reason: 'Serverless attestation is not available yet; leave the section out' }]],
])

/** Names of all sections. */
export const SECTION_NAMES: readonly string[] = [...SECTIONS.keys()]

/** What is wrong with a section; nothing when it can be used as it is. */
export function checkSection(name: string, schema: unknown, spec: unknown): readonly Problem[] {
  const check = SECTIONS.get(name)
  if (check === undefined) return [{ pointer: '/section', reason: `is none of ${SECTION_NAMES.join(', ')}` }]
  if (schema !== 'v1') return [{ pointer: '/schema', reason: 'must be v1' }]
  return check(spec).map(({ pointer, reason }) => ({ pointer: `/spec${pointer}`, reason }))
}

function byShape(schema: z.ZodType): Check {
  return (spec) => {
    const result = schema.safeParse(spec)
    return result.success ? [] : result.error.issues.map(({ path, message }) => ({ pointer: pointerOf(path), reason: message }))
  }
}

/** Checks that agents make themselves say the place in front: `/docker/includeEnvVars: is no list`. */
function byThrowing(check: (spec: unknown) => unknown): Check {
  return (spec) => {
    try {
      check(spec)
      return []
    } catch (error) {
      const [, pointer = '', reason = ''] = /^(\/\S*|): (.*)$/s.exec(error instanceof Error ? error.message : '') ?? []
      return [{ pointer, reason: reason === '' ? (error instanceof Error ? error.message : 'cannot be used') : reason }]
    }
  }
}

/** A path as a JSON pointer. */
export function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

import { AttestationError, type AgentEvidence, type Attributes } from '../model.ts'
import type { AgentAttestor, AttestationContext, Attested } from './attestor.ts'

/** A policy: all of its attestors must pass. */
export interface AttestationPolicy {
  readonly name: string
  readonly attestors: readonly AgentAttestor[]
}

/** What an attempt has proven. */
export interface AttestedAgent {
  /** Types of the attestors of the policy that was passed. */
  readonly passed: readonly string[]
  readonly policy: string
  readonly attributes: Attributes
  readonly tokenIdentity: string
  readonly nodeName: string | undefined
  readonly clusterVersionIds: readonly string[]
}

/** Looks at evidence. */
export interface AgentAttestation {
  /** @throws AttestationError when no policy is passed; its sentence says for each policy why */
  attest(evidence: readonly AgentEvidence[], context: AttestationContext): Promise<AttestedAgent>
}

/**
 * Policies of a cluster: inside one, all attestors must pass (AND); one passing policy is enough (OR).
 * Evidence of one type is looked at once per attestor, also when several policies want it.
 */
export function createAgentAttestation(policies: readonly AttestationPolicy[]): AgentAttestation {
  return {
    attest: async (evidence, context) => {
      const looked = new Map<AgentAttestor, Promise<Attested>>()
      const failures: { readonly policy: string; readonly error: AttestationError }[] = []
      for (const policy of policies) {
        try {
          return await passPolicy(policy, (attestor) => lookOnce(attestor, evidence, context, looked))
        } catch (error) {
          if (!(error instanceof AttestationError)) throw error
          failures.push({ policy: policy.name, error })
        }
      }
      throw summarise(failures, evidence)
    },
  }
}

async function passPolicy(policy: AttestationPolicy, look: (attestor: AgentAttestor) => Promise<Attested>): Promise<AttestedAgent> {
  const results: Attested[] = []
  for (const attestor of policy.attestors) results.push(await look(attestor))
  const attributes = new Map<string, string>()
  for (const result of results) for (const [name, value] of result.attributes) attributes.set(name, value)
  return {
    passed: policy.attestors.map(({ type }) => type),
    policy: policy.name,
    attributes,
    tokenIdentity: results.map(({ tokenIdentity }) => tokenIdentity).join(' '),
    nodeName: results.find(({ nodeName }) => nodeName !== undefined)?.nodeName,
    clusterVersionIds: results.flatMap(({ clusterVersionId }) => (clusterVersionId === undefined ? [] : [clusterVersionId])),
  }
}

async function lookOnce(
  attestor: AgentAttestor,
  evidence: readonly AgentEvidence[],
  context: AttestationContext,
  looked: Map<AgentAttestor, Promise<Attested>>,
): Promise<Attested> {
  const known = looked.get(attestor)
  if (known !== undefined) return known
  const attempt = attestOne(attestor, evidence, context)
  looked.set(attestor, attempt)
  return attempt
}

/** Several pieces of one type are allowed (two tokens): one that convinces is enough. */
async function attestOne(attestor: AgentAttestor, evidence: readonly AgentEvidence[], context: AttestationContext): Promise<Attested> {
  let failure: AttestationError | undefined
  for (const { type, payload } of evidence) {
    if (type !== attestor.type) continue
    try {
      return await attestor.attest(payload, context)
    } catch (error) {
      if (!(error instanceof AttestationError)) throw error
      // What could not be looked at may convince next time: that is what the agent is told.
      if (failure?.code !== 'UNAVAILABLE') failure = error
    }
  }
  throw failure ?? new AttestationError('UNAUTHENTICATED', `The agent showed no evidence of type ${attestor.type}.`)
}

function summarise(failures: readonly { readonly policy: string; readonly error: AttestationError }[], evidence: readonly AgentEvidence[]): AttestationError {
  const [first] = failures
  if (first === undefined) return new AttestationError('PERMISSION_DENIED', 'The cluster has no attestation policy, so no agent can pass one.')
  if (evidence.length === 0) return new AttestationError('UNAUTHENTICATED', 'The agent showed no evidence at all; give it a key or attestors.')
  // A policy that could not be looked at may pass next time: the agent is told to come again rather than that it is wrong.
  const telling = failures.find(({ error }) => error.code === 'UNAVAILABLE') ?? failures.find(({ error }) => error.code === 'PERMISSION_DENIED') ?? first
  const words = failures.length === 1 ? first.error.message : failures.map(({ policy, error }) => `${policy}: ${error.message}`).join(' ')
  return new AttestationError(telling.error.code, words, { cause: telling.error })
}

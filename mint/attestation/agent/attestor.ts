import type { Attributes } from '../model.ts'

/** The cluster whose agents prove themselves, as far as attestors need it. */
export interface AttestedCluster {
  readonly id: string
  readonly name: string
}

/** What surrounds one attempt. */
export interface AttestationContext {
  readonly cluster: AttestedCluster
  readonly now: Date
  /** SHA-256 of the client certificate that the TLS connection showed, base64url; absent where TLS ends before the server. */
  readonly certificateThumbprint: string | undefined
}

/** What a piece of evidence has proven. */
export interface Attested {
  /** Who it is for limits of rate: stable over attempts of one agent, different between agents. Never an address. */
  readonly tokenIdentity: string
  readonly attributes: Attributes
  /** The node that the issuer of the evidence names; what the agent says itself is only believed without one. */
  readonly nodeName?: string
  /** The cluster version whose key has signed, so that a session ends with it. */
  readonly clusterVersionId?: string
}

/**
 * One way for an agent to prove where it runs. Each is made from its part of section `AgentAttestation`.
 *
 * `attest` throws AttestationError for evidence that does not convince; anything else it throws is a bug of ours.
 */
export interface AgentAttestor {
  readonly type: string
  attest(evidence: Uint8Array, context: AttestationContext): Promise<Attested>
}

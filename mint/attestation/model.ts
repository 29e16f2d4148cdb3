/**
 * What is known of a process or an agent, by dotted names such as `kubernetes.pod.namespace` or `linux.user.name`.
 * Only attestors write it; a workload's own word is never an attribute, except the claims of a token that was verified (`jwt.claim.*`).
 */
export type Attributes = ReadonlyMap<string, string>

/** A process on this node as the kernel names it, at the moment it connected. */
export interface Peer {
  readonly pid: number
  readonly uid: number
  readonly gid: number
  /** Supplementary groups when it connected, by the kernel's word; undefined where it has none to give. */
  groups?(): readonly number[] | undefined
  /** False once the process has exited or another one has its pid; asked again after attestation, before anything is sent. */
  isAlive(): boolean
}

/** What a workload attestor is given: kernel facts, and what the call carried. */
export interface WorkloadContext {
  readonly peer: Peer
  /** gRPC metadata `identity-exchange-token`, for the jwt attestor only. */
  readonly exchangeToken?: string
  readonly signal: AbortSignal
}

/**
 * One way to learn attributes of a process. Attestors run together; attributes are merged.
 * An attestor that does not apply (no container, no pod) answers an empty map; one that fails throws {@link AttestationError}.
 */
export interface WorkloadAttestor {
  readonly type: 'kubernetes' | 'linux' | 'docker' | 'jwt' | 'systemd'
  attest(context: WorkloadContext): Promise<Attributes>
}

/** Why somebody gets no identity, with the gRPC code that says it. The sentence is for logs: it names no secret and no token. */
export class AttestationError extends Error {
  readonly code: 'UNAVAILABLE' | 'PERMISSION_DENIED' | 'UNAUTHENTICATED' | 'FAILED_PRECONDITION' | 'INVALID_ARGUMENT' | 'RESOURCE_EXHAUSTED'

  constructor(code: AttestationError['code'], happened: string, options?: { readonly cause?: unknown }) {
    super(happened, options)
    this.name = 'AttestationError'
    this.code = code
  }
}

/** What an agent shows to prove where it runs: one piece per attestor. */
export interface AgentEvidence {
  readonly type: string
  readonly payload: Uint8Array
}

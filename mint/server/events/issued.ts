import type { EventBytes, MintEvent, WorkloadPlace } from '../ports.ts'

/** What the events of a batch share. */
export interface IssuedBatch {
  readonly at: string
  readonly trustDomainId: string
  readonly clusterId: string
  readonly agentId: string
  readonly svidType: 'x509' | 'jwt'
  readonly keysetId: string
}

/** What an event of an issued credential says for itself. */
interface IssuedFields {
  readonly spiffeId: string
  readonly expiresAt: string
  readonly place: WorkloadPlace
  readonly bytes: EventBytes
}

/**
 * A credential was issued. There are thousands of these a second, and they wait in a queue: what they say beside their columns is in bytes from the beginning,
 * so that a collector of garbage meets three things where it would meet thirty.
 */
export class IssuedEvent implements MintEvent {
  readonly #batch: IssuedBatch
  readonly spiffeId: string
  readonly expiresAt: string
  readonly place: WorkloadPlace
  readonly bytes: EventBytes

  constructor(batch: IssuedBatch, { spiffeId, expiresAt, place, bytes }: IssuedFields) {
    this.#batch = batch
    this.spiffeId = spiffeId
    this.expiresAt = expiresAt
    this.place = place
    this.bytes = bytes
  }

  get type() {
    return 'workload_credential_issued' as const
  }
  get outcome() {
    return 'success' as const
  }
  get id(): string {
    return this.bytes.block.toString('latin1', this.bytes.idAt, this.bytes.detailsAt)
  }
  get at(): string {
    return this.#batch.at
  }
  get issuedAt(): string {
    return this.#batch.at
  }
  get trustDomainId(): string {
    return this.#batch.trustDomainId
  }
  get clusterId(): string {
    return this.#batch.clusterId
  }
  get agentId(): string {
    return this.#batch.agentId
  }
  get svidType(): 'x509' | 'jwt' {
    return this.#batch.svidType
  }
  get keysetId(): string {
    return this.#batch.keysetId
  }
  get detailsText(): string {
    return this.bytes.block.toString('utf8', this.bytes.detailsAt, this.bytes.end)
  }
  get details(): Readonly<Record<string, unknown>> {
    return JSON.parse(this.detailsText)
  }
}

/** A token was issued. */
export class IssuedTokenEvent extends IssuedEvent {
  readonly audience: readonly string[]

  constructor(batch: IssuedBatch, fields: IssuedFields, audience: readonly string[]) {
    super(batch, fields)
    this.audience = audience
  }
}

import { describeFailure } from '../errors.ts'
import type { AuthorityLog } from '../model.ts'
import type { KeysetRecord } from '../ports.ts'
import type { RotationContext } from '../rotation.ts'
import type { UpstreamAuthority } from './model.ts'

/** The certificate that keysets are to come from at present, as rotation wants to know it. */
export class UpstreamParent {
  readonly #upstream: UpstreamAuthority | undefined
  readonly #log: AuthorityLog
  /** The last trouble that was logged, so that a lasting one is logged once. */
  #trouble: string | undefined
  /** The keyset that was last warned of. */
  #warned: string | undefined

  constructor(upstream: UpstreamAuthority | undefined, log: AuthorityLog) {
    this.#upstream = upstream
    this.#log = log
  }

  /** @returns undefined when keysets are their own roots */
  async now(active: KeysetRecord | undefined): Promise<RotationContext['upstream']> {
    if (this.#upstream === undefined) return undefined
    try {
      const { certificate, notAfter } = await this.#upstream.current()
      this.#trouble = undefined
      if (active !== undefined) this.#warnOfEnd(active, notAfter)
      return { certificate: Buffer.from(certificate).toString('base64'), notAfter }
    } catch (error) {
      const fields = describeFailure(error)
      if (fields.reason !== this.#trouble) this.#log.error(fields, 'The upstream authority cannot be used; no keyset is prepared until it can')
      this.#trouble = fields.reason
      // What is there goes on: the parent of the active keyset counts as the present one, and nothing new can come from it.
      const parent = active?.x509.chain[1]
      return parent === undefined ? undefined : { certificate: parent, notAfter: new Date(0) }
    }
  }

  #warnOfEnd(active: KeysetRecord, notAfter: Date): void {
    if (notAfter.getTime() > Date.parse(active.notAfter) || this.#warned === active.id) return
    this.#warned = active.id
    this.#log.warn(
      { keyset: active.id, upstreamNotAfter: notAfter.toISOString() },
      'The upstream certificate ends with the active keyset; replace it, or issuance ends with it',
    )
  }
}

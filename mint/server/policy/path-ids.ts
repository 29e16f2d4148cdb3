import { spiffeId, type SpiffeId, type TrustDomain } from '@mintmark/spiffe'
import type { AttributeName } from './attribute-name.ts'
import { renderPath, type AttributeSource, type Template } from './template.ts'

/** An identity that policy gives a workload. */
export interface PlannedIdentity {
  readonly id: SpiffeId
  /** Empty for the default identity. */
  readonly hint: string
}

/** A SPIFFE ID, and the list of identities of a workload that has no other. */
interface KnownId {
  readonly ok: true
  readonly id: SpiffeId
  readonly alone: readonly [PlannedIdentity]
}

/** Paths below this one are the trust domain's own: whoever had `/spirl/server` could pose as its server. */
const RESERVED_PATHS = '/spirl/'

/** The SPIFFE ID of a path that a workload may have. */
export function workloadId(trustDomain: TrustDomain, path: string): ReturnType<typeof spiffeId> {
  return path.startsWith(RESERVED_PATHS) ? { ok: false, reason: `paths below ${RESERVED_PATHS} are the trust domain's own` } : spiffeId(trustDomain, path)
}

/** IDs that are remembered for one template. */
const KNOWN_IDS_MAX = 20_000

/** What is known of the values up to one place of a template. */
class Step {
  readonly next = new Map<string, Step>()
  id: KnownId | undefined
}

/**
 * The SPIFFE IDs of a path template, by the values that stand in it. Most workloads of a cluster share theirs with others, and come again: values that were
 * checked before are not checked again then, and no path is put together.
 */
export class PathIds {
  readonly #template: Template
  readonly #trustDomain: TrustDomain
  readonly #names: readonly AttributeName[]
  #first = new Step()
  #count = 0

  constructor(template: Template, trustDomain: TrustDomain) {
    this.#template = template
    this.#trustDomain = trustDomain
    this.#names = template.parts.filter((part) => typeof part !== 'string')
  }

  /** The ID of a workload, or why it has none. */
  of(attributes: AttributeSource): KnownId | { readonly ok: false; readonly label: string; readonly reason: string } {
    let step: Step | undefined = this.#first
    for (const { sent } of this.#names) {
      const value = attributes.get(sent)
      step = value === undefined ? undefined : step.next.get(value)
      if (step === undefined) break
    }
    return step?.id ?? this.#make(attributes)
  }

  #make(attributes: AttributeSource): ReturnType<PathIds['of']> {
    const path = renderPath(this.#template, attributes)
    if (!path.ok) return path
    const checked = workloadId(this.#trustDomain, path.text)
    if (!checked.ok) return { ok: false, label: 'path-not-allowed', reason: `path template ${this.#template.source} yields no SPIFFE ID: ${checked.reason}` }
    const id = { ok: true, id: checked.id, alone: [{ id: checked.id, hint: '' }] } as const
    this.#remember(attributes, id)
    return id
  }

  #remember(attributes: AttributeSource, id: KnownId): void {
    if (this.#count >= KNOWN_IDS_MAX) {
      this.#first = new Step()
      this.#count = 0
    }
    this.#count += 1
    let step = this.#first
    for (const { sent } of this.#names) {
      const value = attributes.get(sent) ?? ''
      const next = step.next.get(value) ?? new Step()
      step.next.set(value, next)
      step = next
    }
    step.id = id
  }
}

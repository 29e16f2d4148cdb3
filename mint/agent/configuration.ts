import { allowedAttributesOf, createRedaction, type Attributes } from '@mintmark/mint/attestation'
import { reasonOf, type Logger } from './log.ts'
import type { Redaction, WorkloadAttestation } from './socket/caller.ts'

/** An attestation that holds files, timers or connections. */
export interface ClosableAttestation extends WorkloadAttestation {
  readonly close: () => void | Promise<void>
}

/** What managed configuration decides on the agent, always in its newest form that made sense. */
export interface LiveConfiguration {
  readonly attestation: () => WorkloadAttestation
  readonly redaction: () => Redaction
  /** The sections as the server sent them: JSON text of the spec by name. What has not changed is left alone. */
  readonly replace: (sections: Readonly<Record<string, string>>) => void
  /** Called when attributes may come out differently from now on. */
  readonly onChange: (listener: () => void) => () => void
  readonly close: () => Promise<void>
}

/** Longest spec of a section, in characters. */
const SPEC_LENGTH_MAX = 1_000_000

/**
 * Starts with the agent's own settings; sections of the server replace or narrow them while the agent runs.
 * A section that makes no sense is reported and changes nothing.
 */
export function createLiveConfiguration(parts: {
  readonly allowedAttributes: readonly string[] | undefined
  /** Builds the attestors from the spec of section WorkloadAttestation, or from the settings alone. @throws Error when the spec cannot be used */
  readonly createAttestation: (spec: unknown) => ClosableAttestation
  readonly log: Logger
}): LiveConfiguration {
  const { log } = parts
  const listeners = new Set<() => void>()
  const own = createRedaction(parts.allowedAttributes)
  const applied = new Map<string, string>()
  let attestation = parts.createAttestation(undefined)
  let redaction: Redaction = own
  /** Replaced attestations; calls under way may still use them, so they close with the agent or when the next one is replaced. */
  let retired: ClosableAttestation | undefined

  function applyAttestation(spec: unknown): void {
    const next = parts.createAttestation(spec)
    void retired?.close()
    retired = attestation
    attestation = next
  }
  function applyRedaction(spec: unknown): void {
    const managed = createRedaction(allowedAttributesOf(spec))
    // Both lists hold: the server cannot make an agent tell what its owner has forbidden.
    redaction = (attributes: Attributes) => {
      const first = own(attributes)
      const second = managed(first.attributes)
      return { attributes: second.attributes, redacted: [...first.redacted, ...second.redacted] }
    }
  }
  const appliers: Readonly<Record<string, (spec: unknown) => void>> = { WorkloadAttestation: applyAttestation, AttributeRedaction: applyRedaction }

  function apply(section: string, text: string | undefined): boolean {
    if (applied.get(section) === text) return false
    try {
      if ((text?.length ?? 0) > SPEC_LENGTH_MAX) throw new Error(`The section is longer than ${SPEC_LENGTH_MAX} characters.`)
      appliers[section]?.(text === undefined ? undefined : JSON.parse(text))
    } catch (error) {
      log.error('A section of the managed configuration cannot be used and is left as it was', { section, reason: reasonOf(error) })
      return false
    }
    if (text === undefined) applied.delete(section)
    else applied.set(section, text)
    log.info('Managed configuration is applied', { section })
    return true
  }
  return {
    attestation: () => attestation,
    redaction: () => redaction,
    replace(sections) {
      const changed = Object.keys(appliers).filter((section) => apply(section, sections[section]))
      if (changed.length > 0) for (const listener of listeners) listener()
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      await retired?.close()
      await attestation.close()
    },
  }
}

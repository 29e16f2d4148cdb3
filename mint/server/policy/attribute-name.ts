import { attributeName, splitAttributeName } from '@mintmark/mint/attestation'

/** An attribute's name as policy writes it. */
export interface AttributeName {
  /** As it was written, for messages. */
  readonly written: string
  /** As agents send it: quotes where a segment needs them and nowhere else. */
  readonly sent: string
}

const NAME_LENGTH_MAX = 512

/**
 * Reads a dotted name such as `kubernetes.pod.namespace`; a segment that holds dots or slashes stands in single quotes:
 * `kubernetes.pod.label.'app.kubernetes.io/name'`.
 */
export function parseAttributeName(text: string): { readonly ok: true; readonly name: AttributeName } | { readonly ok: false; readonly reason: string } {
  const segments = text.length > NAME_LENGTH_MAX ? undefined : splitAttributeName(text)
  if (segments === undefined || segments.some((segment) => segment === '')) {
    return { ok: false, reason: `"${text.slice(0, 80)}" is not an attribute's name: dotted segments, quoted where they hold dots ('app.kubernetes.io/name')` }
  }
  return { ok: true, name: { written: text, sent: attributeName(...segments) } }
}

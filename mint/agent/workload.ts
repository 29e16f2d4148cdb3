import { hash } from 'node:crypto'
import type { Attributes } from '@mintmark/mint/attestation'

/** A workload as the caches know it: all processes with the same attributes are the same workload. */
export interface Workload {
  /** Equal exactly when the attributes are. */
  readonly key: string
  /** What may leave the agent: after redaction. */
  readonly attributes: Attributes
}

/** The workload with these attributes. The key is a digest of their unambiguous form, so that no choice of values makes two sets meet. */
export function workloadOf(attributes: Attributes): Workload {
  const pairs = [...attributes].sort(([a], [b]) => (a < b ? -1 : 1))
  return { key: hash('sha256', JSON.stringify(pairs), 'base64url'), attributes }
}

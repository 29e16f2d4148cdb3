import type { TruthRow } from './generator/index.ts'

/** What a scanner says of one text. Ours names field and position, text scanners give the text itself. */
export interface Hit {
  /** `Kind/namespace/name` */
  readonly object: string
  readonly kind: string
  readonly role: 'secret' | 'identifier'
  readonly path?: string
  readonly field?: string
  readonly position?: { readonly line: number; readonly column: number; readonly length: number }
  /** Only of scanners that print what they find: the secret, then what stands around it. */
  readonly texts?: readonly string[]
  readonly fingerprint?: string
}

/** What a scanner says names a secret kept elsewhere. */
export interface ReferenceHit {
  readonly object: string
  readonly path: string
  readonly field?: string
}

export interface ScanResult {
  readonly hits: readonly Hit[]
  readonly references: readonly ReferenceHit[]
}

/** `Kind/namespace/name` of a row or an object's parts. */
export function objectName(object: TruthRow['object']): string {
  return `${object.kind}/${object.namespace}/${object.name}`
}

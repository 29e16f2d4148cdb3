import type { HeaderField } from '../front/index.ts'

/** What a call carries beside its messages. */
export interface CallMetadata {
  /** All values of a name, in the order in which they came. */
  readonly get: (name: string) => readonly string[]
}

/** The metadata in a header block. */
export function metadataOf(fields: readonly HeaderField[]): CallMetadata {
  return { get: (name) => fields.flatMap((field) => (field.name === name ? [field.value] : [])) }
}

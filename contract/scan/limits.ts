/** Bounds of the scan document (law 7). A scanner cuts before these and says so; a control plane refuses what is over them. */
export const LIMITS = {
  /** Version of the document; a reader refuses a higher one. */
  documentVersion: 1,
  /** Bytes of one NDJSON line, its line feed excluded. */
  lineBytesMax: 64 * 1024,
  /** Bytes of one chunk as it is sent. */
  chunkBytesMax: 4 * 1024 * 1024,
  /** Lines of one chunk. */
  chunkLinesMax: 10_000,
  /** Chunks of one scan. */
  chunksMax: 100_000,
  /** Characters of names: Kubernetes allows 253 for objects and namespaces. */
  nameCharsMax: 253,
  /** Characters of a path, a natural key or an identity's key. */
  pathCharsMax: 2_048,
  /** Characters of one sentence of evidence or of a reason. */
  sentenceCharsMax: 1_024,
  /** Entries of any list inside one observation. */
  listItemsMax: 256,
} as const

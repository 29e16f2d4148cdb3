/** Bounds of decoding (law 7). Whatever is cut by one of them is reported as a problem of its entry, except where a comment says why it is not. */
export const DECODE_LIMITS = {
  /** Characters of one text that is taken apart; the rest is still searched for formats as plain text. The Kubernetes API stores at most 1 MiB. */
  structuredCharsMax: 8 * 1024 * 1024,
  /** Leaves of one entry. */
  leavesPerEntryMax: 50_000,
  /** Decoders that may be nested: a Helm release holds a manifest, which holds a Secret, which holds a file. */
  depthMax: 8,
  /** Nested maps and lists inside one file. */
  nestingMax: 64,
  /** Base64 layers that are tried on an opaque value without any declared type. */
  speculativeDepthMax: 2,
  /** Bytes that one compressed text may unpack to; a Helm release is about 1 MiB packed. */
  unpackedBytesMax: 32 * 1024 * 1024,
  /** Characters of a field path; longer ones lose their middle, which is not reported because nothing of a value is lost. */
  fieldCharsMax: 512,
  /** Characters of a name; longer text before a colon or an equals sign is prose. */
  nameCharsMax: 200,
  /** Neighbouring names that a leaf carries; more do not help to judge. */
  siblingsMax: 48,
  /** Characters of a neighbour's value that is short and public enough to be a hint. */
  hintCharsMax: 64,
  /** Problems of one entry; a broken file has one cause and many symptoms. */
  problemsPerEntryMax: 16,
  /** Characters of a value that is tried as base64 of a text. */
  speculativeCharsMax: 256 * 1024,
} as const

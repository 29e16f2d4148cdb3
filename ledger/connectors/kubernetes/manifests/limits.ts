/** Bounds of a folder of manifests (law 7); what lies beyond is reported as a problem, by name. */
export const MANIFEST_LIMITS = {
  folderDepthMax: 32,
  filesMax: 100_000,
  /** Bytes of one file. */
  fileBytesMax: 256 * 1024 * 1024,
  /** Bytes of one YAML document: parsing takes a second for 10 MB, and Kubernetes takes no object over 3 MB. */
  yamlBytesMax: 16 * 1024 * 1024,
  jsonBytesMax: 128 * 1024 * 1024,
  documentsMax: 1_000_000,
  /** Lists inside lists. */
  listDepthMax: 4,
  /** References to anchors that one YAML document may make. */
  aliasesMax: 1_000,
} as const

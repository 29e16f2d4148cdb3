/** Bounds of a trust domain server (law 7). Each has a unit in its name. */
export const SERVER_LIMITS = {
  /** Workloads in one batch (500: what SPIRE takes, too). */
  batchItemsMax: 500,
  /** Attributes of one workload, and their sizes. A pod with every label that Kubernetes allows in practice stays below. */
  attributesMax: 256,
  attributeNameBytesMax: 512,
  attributeValueBytesMax: 4096,
  /** Audiences of one token, and bytes of one. */
  audiencesMax: 16,
  audienceBytesMax: 1024,
  /** Bytes of a public key or a certificate signing request. An RSA-4096 request is about 1,600. */
  keyBytesMax: 4096,
  /** Pieces of evidence in one attempt, and bytes of one. */
  evidenceMax: 8,
  evidenceBytesMax: 16 * 1024,
  /** Bytes of a text that an agent says of itself (version, node, platform, instance). */
  agentTextBytesMax: 256,
  /** Bytes of an additional claim's text, of all claims of a token together, and of a hint (rule 33 of docs/conformance.md). */
  claimBytesMax: 1024,
  claimsBytesMax: 4096,
  hintBytesMax: 1024,
  /** Identities of one workload beside its default one. */
  additionalIdentitiesMax: 16,
  /** Bytes of a session: it travels as a header, and implementations of gRPC take 8 KiB of those. */
  sessionBytesMax: 7 * 1024,
  /** Seconds of a session, of an X.509-SVID and of a JWT-SVID. */
  sessionSeconds: 3600,
  x509SecondsMin: 10,
  x509SecondsDefault: 3600,
  x509SecondsMax: 30 * 86_400,
  jwtSecondsMin: 300,
  jwtSecondsDefault: 3600,
  jwtSecondsMax: 168 * 3600,
  /** Seconds before now that a certificate starts, for clocks that run behind (rule 9 of docs/conformance.md). */
  backdateSeconds: 60,
  /** Sessions whose signature was checked lately and need not be checked again. */
  sessionsRemembered: 20_000,
  /** Cluster versions of a cluster: the eleventh removes the oldest. */
  clusterVersionsMax: 10,
  /** Events that wait to be stored, and the characters of their details; more are dropped and counted. */
  eventsQueuedMax: 50_000,
  eventsQueuedCharactersMax: 128 * 1024 * 1024,
  /** Events of one write, and the characters of their details; one alone may have more. */
  eventsBatchMax: 5_000,
  eventsBatchCharactersMax: 8 * 1024 * 1024,
} as const

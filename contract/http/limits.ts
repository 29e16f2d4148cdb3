/** Bounds of the HTTP interface (law 7). */
export const HTTP_LIMITS = {
  /** Items of one page. */
  pageSizeMax: 200,
  pageSizeDefault: 25,
  /** Characters of an opaque page token. */
  pageTokenCharsMax: 4_096,
  /** Bytes of a JSON request body; chunks of a scan have their own limit in `contract/scan`. */
  jsonBodyBytesMax: 64 * 1024,
  /** Characters of an integration's name. */
  integrationNameCharsMax: 253,
  /** Characters of a bearer token or of a one-time code. */
  tokenCharsMax: 512,
  /** Characters of a scanner's signed assertion. */
  assertionCharsMax: 4_096,
  /** Seconds that a scanner's assertion may live. */
  assertionLifeSecondsMax: 300,
  /** Seconds that a request may wait for a scan to become visible. */
  waitSecondsMax: 30,
  /** Coverage entries and problems that one answer carries. */
  scanDetailItemsMax: 10_000,
  /** Characters of a sentence in a problem. */
  problemCharsMax: 2_048,
  /** Field errors that one problem lists. */
  problemErrorsMax: 32,
} as const

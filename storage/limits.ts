/** Bounds of the store (law 7). */
export const STORAGE_LIMITS = {
  /** Rows of one page of any list. */
  pageRowsMax: 1_000,
  /** Characters of a page token. */
  cursorCharsMax: 512,
  /** Rows of one bulk statement. */
  batchRowsMax: 2_000,
  /** Rows of what was linked from which on it is written. Small, so that little is alive at once and the writing of one batch goes on beside the linking of the next. */
  flushRowsMax: 1_000,
  /** Rows that one FETCH of a cursor brings. */
  fetchRowsMax: 400,
  /** Occurrences that are linked at once. A larger namespace is linked in pieces of whole objects, and the scan says so. */
  namespaceOccurrencesMax: 10_000,
  /** Occurrences of one secret that its summary reads; more are counted, and the secret says so. */
  secretOccurrencesMax: 20_000,
  /** Problem lines that a scan keeps; more are counted. */
  problemsStoredMax: 10_000,
  /** Problem lines and coverage entries that one answer carries. */
  problemsShownMax: 1_000,
  coverageShownMax: 5_000,
  /** Scans that one integration may have under way at once. */
  scansReceivingMax: 16,
  /** Hours without a chunk after which an unfinished scan is given up. */
  scanIdleHoursMax: 24,
  /** Lines of an abandoned scan that one transaction sweeps, and such transactions of one call. */
  sweepLinesMax: 50_000,
  sweepBatchesMax: 20,
  /** Versions that one transaction of a purge removes, and such transactions of one call. */
  purgeRowsMax: 20_000,
  purgeBatchesMax: 50,
  /** Milliseconds of waiting for a lock or of an ordinary query. Publishing has no such bound. */
  queryMsMax: 30_000,
  lockMsMax: 20_000,
  /** Milliseconds of waiting for a free connection. */
  connectMsMax: 10_000,
  /** Connections of one process, unless it says otherwise. */
  poolSize: 8,
  /** Connections beside that of a publication while it fills parts of its own: one for each part, and one that reads. */
  sideConnectionsMax: 4,
  /** Names of one kind of subjects, and shared sentences, that one publication remembers. */
  subjectCacheMax: 50_000,
  sentenceCacheMax: 5_000,
  /** New occurrences from which on a publication fills parts of its own, and such parts of one table. */
  partOccurrencesMin: 10_000,
  partsMax: 16,
  /** Milliseconds of work after which a publication lets other work of the process run. */
  turnMsMax: 20,
  /** The same while a chunk is prepared: the one before it is stored meanwhile, and each answer of the database waits for a turn. */
  prepareTurnMsMax: 2,
} as const

/** `valid_to` of a version that nothing has ended: larger than every scan number, so "as of" needs no null. */
export const OPEN_END = 2_147_483_647

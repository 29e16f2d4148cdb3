/** Bounds of Mint's stores (law 7). */
export const MINT_STORAGE_LIMITS = {
  /** Events that one transaction appends; more are appended in several. */
  eventsPerTransactionMax: 5_000,
  /** Bytes of an event's details; larger ones are left out, and the event says so. */
  eventDetailsBytesMax: 64 * 1024,
  /** Days that the events of one call may be of. Each day is a partition. */
  eventDaysMax: 40,
  /** Values that a series answers with. */
  seriesValuesMax: 10_000,
  /** Shortest interval of a series, in seconds. */
  seriesIntervalSecondsMin: 1,
  /** Workloads whose summary one clean-up deletes in one statement. */
  workloadsSweptMax: 10_000,
} as const

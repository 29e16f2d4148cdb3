/** A current row as far as a comparison needs it. `tid` is its place, good until the end of the transaction, in which nobody else writes. */
export interface CurrentRow {
  readonly tid: string
  readonly key: string
  readonly hash: string
}

/** A row as it should be from now on. */
export interface WantedRow {
  readonly key: string
  /** 32 hex digits over everything that makes a difference. */
  readonly hash: string
}

/** What has to be ended and what to be begun so that `wanted` is current. */
export interface Difference<Row> {
  readonly ended: readonly string[]
  readonly begun: readonly Row[]
  /** Keys that were current and are not wanted any more. */
  readonly gone: readonly string[]
}

/** Compares by key and hash. Of several wanted rows with one key the last counts. */
export function differ<Row extends WantedRow>(current: readonly CurrentRow[], wanted: readonly Row[]): Difference<Row> {
  const rows = new Map(wanted.map((row) => [row.key, row]))
  const ended: string[] = []
  const gone: string[] = []
  for (const { tid, key, hash } of current) {
    const row = rows.get(key)
    if (row?.hash === hash) {
      rows.delete(key)
      continue
    }
    ended.push(tid)
    if (row === undefined) gone.push(key)
  }
  return { ended, begun: [...rows.values()], gone }
}

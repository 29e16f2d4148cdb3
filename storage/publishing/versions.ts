/** A current row as far as a comparison needs it. `part` and `tid` are its place, good until the end of the transaction, in which nobody else writes. */
export interface CurrentRow {
  /** Name of the table that holds it. */
  readonly part: string
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
export interface Difference<Current, Row> {
  readonly ended: readonly Current[]
  readonly begun: readonly Row[]
}

/** Compares by key and hash. Of several wanted rows with one key the last counts. */
export function differ<Current extends CurrentRow, Row extends WantedRow>(current: readonly Current[], wanted: readonly Row[]): Difference<Current, Row> {
  const rows = new Map<string, Row>()
  for (const row of wanted) rows.set(row.key, row)
  const ended: Current[] = []
  for (const row of current) {
    if (rows.get(row.key)?.hash === row.hash) rows.delete(row.key)
    else ended.push(row)
  }
  return { ended, begun: [...rows.values()] }
}

/** One line of the table of docs/bench/mint.md. */
export interface Row {
  readonly what: string
  /** SPIRE 1.15.3 on the same work, where it was measured. */
  readonly spire: string
  readonly measured: string
  readonly bar: string
  /** Undefined where there is nothing to hold it against. */
  readonly isReached: boolean | undefined
}

/** A part of the bench: its rows, and what has to be said about them. */
export interface Section {
  readonly title: string
  readonly rows: readonly Row[]
  readonly notes: readonly string[]
}

export const count = (value: number): string => Math.round(value).toLocaleString('en-US')
export const milliseconds = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0))

import type { ProblemLine, ScanHeader } from '@mintmark/contract/scan'
import type { Load } from '../bulk/load.ts'
import type { Run } from '../queries/run.ts'
import type { Derivation } from '../store.ts'
import type { NumberBook } from './number-book.ts'
import type { Parts } from './parts.ts'
import type { SubjectTotals } from './subject-totals.ts'
import type { SubjectBook } from './subjects.ts'

/** What every step of one publication works with. Everything happens inside one transaction on one connection, but for parts of its own: nobody sees these before the transaction attaches them. */
export interface Publication {
  readonly run: Run
  readonly load: Load
  readonly scanSeq: number
  /** The number that this scan becomes visible under. */
  readonly number: number
  readonly source: { readonly id: number; readonly key: string }
  readonly mode: ScanHeader['mode']
  /** True while nothing of the source is current: then nothing has to be compared with what was there before. */
  readonly isFirst: boolean
  /** The scan's own clock: when it was finished (law 4). */
  readonly clock: Date
  readonly derivation: Derivation
  readonly subjects: SubjectBook
  readonly totals: SubjectTotals
  readonly sentences: NumberBook
  /** Where rows of the large tables go. */
  readonly parts: Parts
  /** Visible remarks of the publication itself, kept as problem lines of the scan. */
  readonly note: (problem: Omit<ProblemLine, 'type'>) => void
  /** A promise that others have had their turn when this publication has worked for long; otherwise nothing, which costs nothing. */
  readonly yieldTurn: () => Promise<void> | undefined
}

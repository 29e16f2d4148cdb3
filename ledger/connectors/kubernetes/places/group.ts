import type { Exposure } from '@mintmark/contract/scan'
import type { Entry, EntryContext } from '@mintmark/ledger/detection'
import type { FieldPath } from '../objects/path.ts'

/** Values that are judged together, and where each of them stands. It lives for one call of the detector. */
export interface EntryGroup {
  /** Names the group inside its object, so that the same group of an older copy can be found. */
  readonly id: string
  readonly entries: readonly Entry[]
  readonly context: EntryContext
  readonly exposure: Exposure
  /** Container whose specification holds the values. */
  readonly container?: string
  /** Place of an entry, asked only for entries with something to report. */
  readonly pathOf: (entry: number) => FieldPath
  /** Entries whose text is not the one written in the object, because variables were filled in. */
  readonly expanded?: ReadonlySet<number>
}

/** What could not be taken for judging, found while the groups were made. */
export interface GroupProblem {
  readonly path: FieldPath
  readonly problem: string
}

/** Characters of one value that are judged; Kubernetes itself takes at most 1 MiB for a whole object of values. */
export const VALUE_CHARS_MAX = 16 * 1024 * 1024

/** Aliases of one entry that are named to the detector. */
export const ALIASES_MAX = 8
/** Images that are named to the detector for one group. */
export const IMAGES_MAX = 8

/** The sentence for a value over {@link VALUE_CHARS_MAX}. */
export function tooLongProblem(path: FieldPath, chars: number): GroupProblem {
  return { path, problem: `The value has ${chars} characters and was not searched: the limit is ${VALUE_CHARS_MAX}` }
}

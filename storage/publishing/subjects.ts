import { STORAGE_LIMITS } from '../limits.ts'
import type { Run } from '../queries/run.ts'
import { SUBJECT_KINDS, type SubjectKind } from '../schema/codes.ts'
import { hashOf } from '../schema/hash.ts'
import { openNumberBook, type NumberBook } from './number-book.ts'

/** Numbers of subjects (what a secret can be asked by), given at first sight and kept for ever. */
export interface SubjectBook {
  /** Looks up or creates all of one kind at once; afterwards `idOf` knows them. */
  resolve(kind: SubjectKind, keys: Iterable<string>): Promise<void>
  idOf(kind: SubjectKind, key: string): number
}

/** Opens the book of one publication: one book of numbers for each kind. */
export function openSubjectBook(run: Run): SubjectBook {
  const books: Readonly<Record<SubjectKind, NumberBook>> = {
    application: openKind(run, 'application'),
    deployment: openKind(run, 'deployment'),
    identity: openKind(run, 'identity'),
    namespace: openKind(run, 'namespace'),
    cluster: openKind(run, 'cluster'),
    kind: openKind(run, 'kind'),
    provider: openKind(run, 'provider'),
  }
  return {
    resolve: (kind, keys) => books[kind].resolve(keys),
    idOf: (kind, key) => books[kind].numberOf(key),
  }
}

function openKind(run: Run, kind: SubjectKind): NumberBook {
  const answer = `id, replace(key_hash::text, '-', '') as hash`
  return openNumberBook(run, {
    textsMax: STORAGE_LIMITS.subjectCacheMax,
    hashOf: (key) => hashOf(kind, key),
    find: `select ${answer} from subject where key_hash = any($1::uuid[])`,
    add: `insert into subject (kind, key_hash, key) select ${SUBJECT_KINDS[kind]}, * from unnest($1::uuid[], $2::text[]) returning ${answer}`,
  })
}

/** Numbers up to which putting them in place one by one is the shortest way. */
const PLACED_MAX = 32

/** Numbers in rising order. They are usually few, and this is done for every secret, so few are put in place without a list of work beside them. */
export function inOrder(numbers: ReadonlySet<number>): number[] {
  if (numbers.size > PLACED_MAX) return [...numbers].sort((a, b) => a - b)
  const sorted: number[] = []
  for (const number of numbers) {
    let at = sorted.push(number) - 1
    for (let before = sorted[at - 1]; before !== undefined && before > number; before = sorted[at - 1]) {
      sorted[at] = before
      at -= 1
    }
    sorted[at] = number
  }
  return sorted
}

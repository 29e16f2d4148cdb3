import type { Load, LoadTarget } from '../bulk/load.ts'
import { STORAGE_LIMITS } from '../limits.ts'
import type { Run } from '../queries/run.ts'
import { SUBJECT_KINDS, type SubjectKind } from '../schema/codes.ts'
import { hashOf, storable } from '../schema/hash.ts'
import { openNumberBook, type NumberBook } from './number-book.ts'

/** Numbers of subjects (what a secret can be asked by), given at first sight and kept for ever. */
export interface SubjectBook {
  /** Looks up or creates all of one kind at once; afterwards `idOf` knows them. */
  resolve(kind: SubjectKind, keys: Iterable<string>): Promise<void>
  idOf(kind: SubjectKind, key: string): number
  /** The first number that this publication has given out; every later one is higher. */
  firstNew(): number | undefined
}

/** Opens the book of one publication: one book of numbers for each kind. */
export function openSubjectBook(run: Run, load: Load): SubjectBook {
  let firstNew: number | undefined

  function openKind(kind: SubjectKind): NumberBook {
    return openNumberBook(run, {
      textsMax: STORAGE_LIMITS.subjectCacheMax,
      hashOf: (key) => hashOf(kind, key),
      find: `select id, replace(key_hash::text, '-', '') as hash from subject where key_hash = any(string_to_array($1, ',')::uuid[])`,
      async add(entries) {
        // Numbers are taken first, so that the rows can be loaded: a large scan names as many subjects as it has workloads.
        const rows = await run<{ id: number }>(`select nextval('subject_id_seq')::int as id from generate_series(1, $1)`, [entries.length])
        const ids = rows.map(({ id }) => id)
        firstNew ??= ids[0]
        await load(
          SUBJECTS,
          entries.map(({ hash, text }, index) => [ids[index] ?? 0, SUBJECT_KINDS[kind], hash, storable(text)]),
        )
        return ids
      },
    })
  }

  const books: Readonly<Record<SubjectKind, NumberBook>> = {
    application: openKind('application'),
    deployment: openKind('deployment'),
    identity: openKind('identity'),
    namespace: openKind('namespace'),
    cluster: openKind('cluster'),
    kind: openKind('kind'),
    provider: openKind('provider'),
  }
  return {
    resolve: (kind, keys) => books[kind].resolve(keys),
    idOf: (kind, key) => books[kind].numberOf(key),
    firstNew: () => firstNew,
  }
}

const SUBJECTS: LoadTarget = {
  table: 'subject',
  columns: [
    ['id', 'int4'],
    ['kind', 'int2'],
    ['key_hash', 'uuid'],
    ['key', 'text'],
  ],
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

import { STORAGE_LIMITS } from '../limits.ts'
import type { Run } from '../queries/run.ts'
import { SUBJECT_KINDS, type SubjectKind } from '../schema/codes.ts'
import { hashOf, storable } from '../schema/hash.ts'

/** Names a subject: what a secret can be asked by. */
export interface SubjectName {
  readonly kind: SubjectKind
  readonly key: string
}

/** Numbers of subjects, given at first sight and kept for ever. */
export interface SubjectBook {
  /** Looks up or creates all of them at once; afterwards `idOf` knows them. */
  resolve(names: Iterable<SubjectName>): Promise<void>
  idOf(kind: SubjectKind, key: string): number
}

/** Opens the book of one publication. Publications are serial, so nobody else writes subjects meanwhile. */
export function openSubjectBook(run: Run): SubjectBook {
  const known = new Map<string, number>()

  async function resolve(names: Iterable<SubjectName>): Promise<void> {
    const missing = new Map<string, SubjectName>()
    for (const name of names) {
      const text = textOf(name.kind, name.key)
      if (!known.has(text)) missing.set(text, name)
    }
    if (missing.size === 0) return
    // The whole book is forgotten rather than single pages: what is asked for next is about to be looked up anyway.
    if (known.size > STORAGE_LIMITS.subjectCacheMax) {
      known.clear()
      return resolve(names)
    }
    const entries = [...missing].map(([text, name]): Entry => ({ text, name, hash: hashOf(name.kind, name.key) }))
    for (let start = 0; start < entries.length; start += STORAGE_LIMITS.batchRowsMax)
      await learn(run, known, entries.slice(start, start + STORAGE_LIMITS.batchRowsMax))
  }

  function idOf(kind: SubjectKind, key: string): number {
    const id = known.get(textOf(kind, key))
    if (id === undefined) throw new Error(`A subject of kind ${kind} was not resolved before it was used`)
    return id
  }

  return { resolve, idOf }
}

interface Entry {
  readonly text: string
  readonly name: SubjectName
  readonly hash: string
}

/** Kinds hold no space, so no two subjects share a text. */
function textOf(kind: SubjectKind, key: string): string {
  return `${kind} ${key}`
}

async function learn(run: Run, known: Map<string, number>, entries: readonly Entry[]): Promise<void> {
  const texts = new Map(entries.map(({ hash, text }) => [hash, text]))
  const remember = (rows: readonly { readonly id: number; readonly hash: string }[]): void => {
    for (const { id, hash } of rows) {
      const text = texts.get(hash)
      if (text !== undefined) known.set(text, id)
    }
  }
  remember(
    await run<{ id: number; hash: string }>(`select id, replace(key_hash::text, '-', '') as hash from subject where key_hash = any($1::uuid[])`, [
      entries.map(({ hash }) => hash),
    ]),
  )
  const fresh = entries.filter(({ text }) => !known.has(text))
  if (fresh.length === 0) return
  remember(
    await run<{ id: number; hash: string }>(
      `insert into subject (kind, key_hash, key) select * from unnest($1::smallint[], $2::uuid[], $3::text[]) returning id, replace(key_hash::text, '-', '') as hash`,
      [fresh.map(({ name }) => SUBJECT_KINDS[name.kind]), fresh.map(({ hash }) => hash), fresh.map(({ name }) => storable(name.key))],
    ),
  )
}

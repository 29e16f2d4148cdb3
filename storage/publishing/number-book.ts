import { STORAGE_LIMITS } from '../limits.ts'
import type { Run } from '../queries/run.ts'
import { hashOf, storable } from '../schema/hash.ts'

/** Numbers of texts, given at first sight and kept for ever. */
export interface NumberBook {
  /** Looks up or creates all of them at once; afterwards `numberOf` knows them. */
  resolve(texts: Iterable<string>): Promise<void>
  /** @throws Error for a text that was not resolved */
  numberOf(text: string): number
}

/** Where the texts of one book lie. */
export interface Shelf {
  /** Texts that are remembered; the whole book is forgotten when there are more, because what is asked for next is about to be looked up anyway. */
  readonly textsMax: number
  readonly hashOf: (text: string) => string
  /** A query that answers `id` and `hash` (32 hex digits) of those of its hashes, joined by commas, that are there. */
  readonly find: string
  /** Adds texts, and answers their numbers in the same order. */
  readonly add: (entries: readonly Entry[]) => Promise<readonly number[]>
}

/** A text with its hash (32 hex digits). */
export interface Entry {
  readonly text: string
  readonly hash: string
}

/** Opens a book of one publication. Publications are serial, so nobody else writes in it meanwhile. */
export function openNumberBook(run: Run, shelf: Shelf): NumberBook {
  const known = new Map<string, number>()

  async function resolve(texts: Iterable<string>): Promise<void> {
    const missing = new Set<string>()
    for (const text of texts) if (!known.has(text)) missing.add(text)
    if (missing.size === 0) return
    if (known.size > shelf.textsMax) {
      known.clear()
      return resolve(texts)
    }
    const entries = [...missing].map((text): Entry => ({ text, hash: shelf.hashOf(text) }))
    for (let start = 0; start < entries.length; start += STORAGE_LIMITS.batchRowsMax) await learn(entries.slice(start, start + STORAGE_LIMITS.batchRowsMax))
  }

  async function learn(entries: readonly Entry[]): Promise<void> {
    const missing = new Map(entries.map(({ hash, text }) => [hash, text]))
    for (const { id, hash } of await run<Row>(shelf.find, [[...missing.keys()].join(',')])) {
      const text = missing.get(hash)
      if (text !== undefined) known.set(text, id)
      missing.delete(hash)
    }
    if (missing.size === 0) return
    const added = Array.from(missing, ([hash, text]): Entry => ({ hash, text }))
    for (const [index, id] of (await shelf.add(added)).entries()) known.set(added[index]?.text ?? '', id)
  }

  return {
    resolve,
    numberOf(text) {
      const number = known.get(text)
      if (number === undefined) throw new Error('A text was not resolved before its number was asked for')
      return number
    },
  }
}

interface Row {
  readonly id: number
  readonly hash: string
}

/** The book of sentences that many secrets share. */
export function openSentenceBook(run: Run): NumberBook {
  return openNumberBook(run, {
    textsMax: STORAGE_LIMITS.sentenceCacheMax,
    hashOf: (text) => hashOf(text),
    find: `select id, replace(hash::text, '-', '') as hash from sentence where hash = any(string_to_array($1, ',')::uuid[])`,
    async add(entries) {
      const rows = await run<{ id: number }>(
        `insert into sentence (hash, body) select hash, body from unnest($1::uuid[], $2::text[]) with ordinality as e (hash, body, place) order by place returning id`,
        [entries.map(({ hash }) => hash), entries.map(({ text }) => storable(text))],
      )
      return rows.map(({ id }) => id)
    },
  })
}

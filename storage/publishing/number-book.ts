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
  /** Answers `id` and `hash` (32 hex digits) of those that are there. */
  readonly find: string
  /** Adds hashes and texts, and answers as `find` does. */
  readonly add: string
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
    const texts = new Map(entries.map(({ hash, text }) => [hash, text]))
    const remember = (rows: readonly Row[]): void => {
      for (const { id, hash } of rows) {
        const text = texts.get(hash)
        if (text !== undefined) known.set(text, id)
      }
    }
    remember(await run<Row>(shelf.find, [entries.map(({ hash }) => hash)]))
    const fresh = entries.filter(({ text }) => !known.has(text))
    if (fresh.length > 0) remember(await run<Row>(shelf.add, [fresh.map(({ hash }) => hash), fresh.map(({ text }) => storable(text))]))
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

interface Entry {
  readonly text: string
  readonly hash: string
}

interface Row {
  readonly id: number
  readonly hash: string
}

/** The book of sentences that many secrets share. */
export function openSentenceBook(run: Run): NumberBook {
  const answer = `id, replace(hash::text, '-', '') as hash`
  return openNumberBook(run, {
    textsMax: STORAGE_LIMITS.sentenceCacheMax,
    hashOf: (text) => hashOf(text),
    find: `select ${answer} from sentence where hash = any($1::uuid[])`,
    add: `insert into sentence (hash, body) select * from unnest($1::uuid[], $2::text[]) returning ${answer}`,
  })
}

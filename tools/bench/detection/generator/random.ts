import { createHash } from 'node:crypto'

/** A small seeded source of numbers (sfc32): the same seed gives the same corpus on every machine. */
export interface Random {
  /** A fraction in [0, 1). */
  fraction(): number
  /** A whole number in [low, high], both ends included. */
  int(low: number, high: number): number
  chance(probability: number): boolean
  pick<Item>(items: readonly Item[]): Item
  weighted<Item>(items: readonly (readonly [weight: number, item: Item])[]): Item
  sample<Item>(items: readonly Item[], count: number): Item[]
  shuffle<Item>(items: readonly Item[]): Item[]
  /** `length` characters of `alphabet`. */
  text(alphabet: string, length: number): string
  bytes(length: number): Buffer
  /** An independent source, so that one part of the corpus does not move when another draws more. */
  fork(label: string): Random
}

export const DIGITS = '0123456789'
export const LOWER = 'abcdefghijklmnopqrstuvwxyz'
export const UPPER = LOWER.toUpperCase()
export const HEX = '0123456789abcdef'
export const BASE62 = DIGITS + UPPER + LOWER
export const BASE32 = `${UPPER}234567`
export const BASE64 = `${UPPER}${LOWER}${DIGITS}+/`
export const BASE64URL = `${UPPER}${LOWER}${DIGITS}-_`
export const WORD = `${BASE62}_`

function sfc32(seed: Buffer): () => number {
  let [a, b, c, counter] = [seed.readUInt32LE(0), seed.readUInt32LE(4), seed.readUInt32LE(8), 1]
  return () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4_294_967_296
  }
}

/** Makes a source from any text. */
export function createRandom(seed: string): Random {
  const fraction = sfc32(createHash('sha256').update(seed).digest())
  const int = (low: number, high: number): number => low + Math.floor(fraction() * (high - low + 1))
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[int(0, items.length - 1)]
    if (item === undefined) throw new RangeError('Nothing to pick from: the list is empty')
    return item
  }
  const shuffle = <Item>(items: readonly Item[]): Item[] =>
    items
      .map((item) => ({ item, order: fraction() }))
      .toSorted((left, right) => left.order - right.order)
      .map(({ item }) => item)
  return {
    fraction,
    int,
    pick,
    shuffle,
    chance: (probability) => fraction() < probability,
    weighted: (items) => {
      let rest = fraction() * items.reduce((total, [weight]) => total + weight, 0)
      for (const [weight, item] of items) {
        rest -= weight
        if (rest < 0) return item
      }
      return pick(items)[1]
    },
    sample: (items, count) => shuffle(items).slice(0, count),
    text: (alphabet, length) => Array.from({ length }, () => alphabet[int(0, alphabet.length - 1)]).join(''),
    bytes: (length) => Buffer.from(Array.from({ length }, () => int(0, 255))),
    fork: (label) => createRandom(`${seed}/${label}/${int(0, 0x7fff_ffff)}`),
  }
}

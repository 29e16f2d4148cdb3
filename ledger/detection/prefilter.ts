/** Length of the window that the shift table judges; anchors of three characters are widened by one character of a token. */
const WINDOW = 4
const ANCHOR_CHARS_MIN = 3
/** Characters that may follow an anchor of three characters. */
const WIDENING = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-~./+'
const PAIRS = 1 << 14
const BUCKETS = 1 << 15

interface Anchor<Owner> {
  readonly text: string
  /** Where inside `text` the four judged characters begin. */
  readonly offset: number
  readonly owner: Owner
}

/** One place where anchors stand. */
export interface AnchorHit<Owner> {
  /** Start of the anchor in the text. */
  readonly at: number
  readonly owner: Owner
}

/**
 * Finds literal anchors in a text: a Wu-Manber filter on pairs of characters. Most steps look at two characters and skip three,
 * so a text without anchors costs less than its JSON did. Tables are small enough for the first-level cache.
 */
export class Prefilter<Owner> {
  readonly #shift = new Uint8Array(PAIRS).fill(WINDOW - 1)
  /** 1-based index into #chains by hash of four characters; 0 for none. */
  readonly #bucket = new Uint16Array(BUCKETS)
  readonly #chains: Anchor<Owner>[][] = []

  constructor(anchors: Iterable<readonly [text: string, owner: Owner]>) {
    for (const [text, owner] of anchors) {
      if (text.length < ANCHOR_CHARS_MIN) throw new Error(`anchor "${text}" is shorter than ${ANCHOR_CHARS_MIN} characters`)
      const offset = rarestWindow(text)
      if (text.length >= WINDOW) this.#add(text.slice(offset, offset + WINDOW), { text, offset, owner })
      else for (const next of WIDENING) this.#add(text + next, { text, offset: 0, owner })
    }
  }

  #add(window: string, anchor: Anchor<Owner>): void {
    for (let end = 1; end < WINDOW; end++) {
      const pair = pairOf(window.charCodeAt(end - 1), window.charCodeAt(end))
      this.#shift[pair] = Math.min(this.#shift[pair] ?? 0, WINDOW - 1 - end)
    }
    const hash = hashOf(window.charCodeAt(0), window.charCodeAt(1), window.charCodeAt(2), window.charCodeAt(3))
    const chain = this.#bucket[hash] ?? 0
    if (chain > 0) this.#chains[chain - 1]?.push(anchor)
    else this.#bucket[hash] = this.#chains.push([anchor])
  }

  /** Appends every anchor of the text to `hits`, in order of the judged windows. */
  scan(text: string, hits: AnchorHit<Owner>[]): void {
    const shift = this.#shift
    const length = text.length
    let end = WINDOW - 1
    while (end < length) {
      const step = shift[((text.charCodeAt(end - 1) & 127) << 7) | (text.charCodeAt(end) & 127)] as number
      if (step > 0) end += step
      else {
        this.#verify(text, end - WINDOW + 1, hits)
        end++
      }
    }
  }

  #verify(text: string, at: number, hits: AnchorHit<Owner>[]): void {
    const hash = hashOf(text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2), text.charCodeAt(at + 3))
    const chain = this.#bucket[hash] ?? 0
    if (chain === 0) return
    for (const anchor of this.#chains[chain - 1] ?? []) {
      const start = at - anchor.offset
      if (start >= 0 && text.startsWith(anchor.text, start)) hits.push({ at: start, owner: anchor.owner })
    }
  }
}

function pairOf(first: number, second: number): number {
  return ((first & 127) << 7) | (second & 127)
}

function hashOf(first: number, second: number, third: number, fourth: number): number {
  return (Math.imul((first << 24) ^ (second << 16) ^ (third << 8) ^ fourth, 0x9e3779b1) >>> 17) & (BUCKETS - 1)
}

/** Lower-case letters are what text is made of, so the four characters with the fewest of them stop the filter least often. */
function rarestWindow(text: string): number {
  let best = 0
  let bestScore = -1
  for (let offset = 0; offset + WINDOW <= text.length; offset++) {
    let score = 0
    for (let index = offset; index < offset + WINDOW; index++) if (!/[a-z]/.test(text.charAt(index))) score += index === offset + WINDOW - 1 ? 2 : 1
    if (score > bestScore) {
      best = offset
      bestScore = score
    }
  }
  return best
}

/** Characters that the shift table judges at once. */
const WINDOW = 4
const ANCHOR_CHARS_MIN = 3
const PAIRS = 1 << 14
const ASCII = 128
const BUCKETS = 1 << 13

interface Anchor<Owner> {
  readonly text: string
  /** Where inside `text` the window begins; -1 for anchors of three characters, whose window begins one character before them. */
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
  /** 1-based index into #chains by hash of the last three characters of a window; 0 for none. */
  readonly #bucket = new Uint16Array(BUCKETS)
  readonly #chains: Anchor<Owner>[][] = []

  constructor(anchors: Iterable<readonly [text: string, owner: Owner]>) {
    for (const [text, owner] of anchors) {
      if (text.length < ANCHOR_CHARS_MIN) throw new Error(`anchor "${text}" is shorter than ${ANCHOR_CHARS_MIN} characters`)
      this.#add({ text, offset: text.length < WINDOW ? -1 : rarestWindow(text), owner })
    }
  }

  #add(anchor: Anchor<Owner>): void {
    const { text, offset } = anchor
    const first = text.charCodeAt(offset + 1)
    if (offset >= 0) this.#lower(text.charCodeAt(offset), first, 2)
    else for (let any = 0; any < ASCII; any++) this.#lower(any, first, 2)
    this.#lower(first, text.charCodeAt(offset + 2), 1)
    this.#lower(text.charCodeAt(offset + 2), text.charCodeAt(offset + 3), 0)
    const hash = hashOf(first, text.charCodeAt(offset + 2), text.charCodeAt(offset + 3))
    const chain = this.#bucket[hash] ?? 0
    if (chain > 0) this.#chains[chain - 1]?.push(anchor)
    else this.#bucket[hash] = this.#chains.push([anchor])
  }

  #lower(left: number, right: number, step: number): void {
    const pair = ((left & 127) << 7) | (right & 127)
    this.#shift[pair] = Math.min(this.#shift[pair] ?? 0, step)
  }

  /** Appends every anchor of the text to `hits`, in order of the judged windows. */
  scan(text: string, hits: AnchorHit<Owner>[]): void {
    const length = text.length
    // The first window begins one character before the text, for anchors of three characters at its very start.
    let end = nextStop(this.#shift, text, WINDOW - 2)
    while (end < length) {
      const chain = this.#bucket[hashOf(text.charCodeAt(end - 2), text.charCodeAt(end - 1), text.charCodeAt(end))] ?? 0
      if (chain !== 0) this.#verify(text, end - WINDOW + 1, chain, hits)
      end = nextStop(this.#shift, text, end + 1)
    }
  }

  /** True when some anchor of the text is accepted; looks no further than that. */
  some(text: string, accepts: (text: string, at: number, owner: Owner) => boolean): boolean {
    const length = text.length
    let end = nextStop(this.#shift, text, WINDOW - 2)
    while (end < length) {
      const chain = this.#bucket[hashOf(text.charCodeAt(end - 2), text.charCodeAt(end - 1), text.charCodeAt(end))] ?? 0
      if (chain !== 0) {
        for (const anchor of this.#chains[chain - 1] ?? []) {
          const start = end - WINDOW + 1 - anchor.offset
          if (start >= 0 && text.startsWith(anchor.text, start) && accepts(text, start, anchor.owner)) return true
        }
      }
      end = nextStop(this.#shift, text, end + 1)
    }
    return false
  }

  #verify(text: string, at: number, chain: number, hits: AnchorHit<Owner>[]): void {
    for (const anchor of this.#chains[chain - 1] ?? []) {
      const start = at - anchor.offset
      if (start >= 0 && text.startsWith(anchor.text, start)) hits.push({ at: start, owner: anchor.owner })
    }
  }
}

/** First window end from `end` on that may close an anchor. Kept apart from everything else, because nearly all time of detection is spent here. */
function nextStop(shift: Uint8Array, text: string, end: number): number {
  const length = text.length
  while (end < length) {
    const step = shift[((text.charCodeAt(end - 1) & 127) << 7) | (text.charCodeAt(end) & 127)]
    if (step === undefined || step === 0) return end
    end += step
  }
  return end
}

function hashOf(first: number, second: number, third: number): number {
  return (Math.imul((first << 16) ^ (second << 8) ^ third, 0x9e3779b1) >>> 19) & (BUCKETS - 1)
}

/** Text is made of lower-case letters and blanks, so the four characters with the fewest of them stop the filter least often. */
function rarestWindow(text: string): number {
  let best = 0
  let bestScore = -1
  for (let offset = 0; offset + WINDOW <= text.length; offset++) {
    let score = isPlain(text.charCodeAt(offset + WINDOW - 1)) ? 0 : 1
    for (let at = offset; at < offset + WINDOW; at++) if (!isPlain(text.charCodeAt(at))) score++
    if (score > bestScore) {
      best = offset
      bestScore = score
    }
  }
  return best
}

function isPlain(code: number): boolean {
  return code === 32 || (code >= 97 && code <= 122)
}

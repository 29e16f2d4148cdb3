/** Finds where the characters of an unescaped text stand in its escaped form; offsets that rise cost one pass together. */
export class EscapedOffsets {
  readonly #text: string
  readonly #start: number
  #raw: number
  #plain = 0

  /** The escaped form begins at `start` of `text`. */
  constructor(text: string, start: number) {
    this.#text = text
    this.#start = start
    this.#raw = start
  }

  /** Offset in the escaped form of the character at `offset` of the unescaped text. */
  at(offset: number): number {
    if (offset < this.#plain) {
      this.#raw = this.#start
      this.#plain = 0
    }
    while (this.#plain < offset && this.#raw < this.#text.length) {
      this.#raw += this.#lengthHere()
      this.#plain += 1
    }
    return this.#raw
  }

  #lengthHere(): number {
    if (this.#text.charCodeAt(this.#raw) !== 92) return 1
    const letter = this.#text[this.#raw + 1]
    return letter === 'u' ? 6 : letter === 'x' ? 4 : 2
  }
}

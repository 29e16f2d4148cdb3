/** Places of the table: four times as many as there are windows, so that looks end after one step. */
const PLACES = 1 << 13
const SPREAD = 0x9e3779b1
const SHIFT = 19

/** What is known of each window of three or four bytes, found by the word that the bytes make: two loads for most words that are none. */
export class WindowTable<Item> {
  readonly #words = new Int32Array(PLACES)
  readonly #items: (Item[] | undefined)[] = Array<Item[] | undefined>(PLACES).fill(undefined)
  #size = 0

  /** Adds an item to those of its word. */
  add(word: number, item: Item): void {
    const place = this.#placeOf(word)
    const items = this.#items[place]
    if (items !== undefined) {
      items.push(item)
      return
    }
    // One place stays free, or a look for a word that is missing would not end.
    if (this.#size === PLACES - 1) throw new RangeError(`More than ${PLACES - 1} windows: the table has to be made larger`)
    this.#size += 1
    this.#words[place] = word
    this.#items[place] = [item]
  }

  /** The items of a word, or undefined. */
  get(word: number): readonly Item[] | undefined {
    return this.#items[this.#placeOf(word)]
  }

  /** The place that holds a word, or the free one where it would stand. */
  #placeOf(word: number): number {
    let place = Math.imul(word, SPREAD) >>> SHIFT
    while (this.#items[place] !== undefined && this.#words[place] !== (word | 0)) place = (place + 1) & (PLACES - 1)
    return place
  }
}

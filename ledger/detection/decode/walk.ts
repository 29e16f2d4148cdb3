import { isHotName } from '../names/hot.ts'
import { mayNameSecret } from '../names/stems.ts'
import { isCold, type HotSpots } from './gate.ts'
import type { Decoding } from './decoding.ts'
import { EscapedOffsets } from './escaped-offsets.ts'
import { fieldOf, opaque, type Anchor, type Locator, type Passage } from './passage.ts'
import { siblingsOf } from './siblings.ts'
import { scalarOf, type ListNode, type MapNode, type Scalar, type Tree } from './tree.ts'

/** Shortest value that is looked at under a name that cannot mean a secret. */
const COLD_CHARS_MAX = 10

const NONE: readonly string[] = []

/** Where the walk stands in a file. */
export interface Spot {
  readonly name: string
  readonly field: string | undefined
  readonly siblings: readonly string[]
  /** The path above already names something secret, so that every value below is looked at. */
  readonly isSuspicious: boolean
  /** A name of the path above can make a finding out of any value. */
  readonly isHot: boolean
}

/** Goes through the tree of a file and hands every value with its names to the decoders. */
export class TreeWalk {
  readonly #file: Passage
  readonly #locator: Locator
  readonly decoding: Decoding

  readonly #hot: HotSpots | undefined

  /** `hot` says where something can be found; without it every value is looked at. */
  constructor(file: Passage, locator: Locator, decoding: Decoding, hot?: HotSpots) {
    this.#hot = hot
    this.#file = file
    this.#locator = locator
    this.decoding = decoding
  }

  walk(tree: Tree, spot: Spot): void {
    if (this.decoding.isFull) return
    if (tree.is === 'scalar') this.#visitScalar(tree, spot)
    else if (tree.is === 'map') this.#walkMap(tree, spot)
    else this.#walkList(tree, spot)
  }

  /** The passage of a scalar of this file. */
  passageOf(scalar: Scalar, spot: Spot): Passage {
    return {
      ...this.#file,
      text: scalar.text,
      name: spot.name,
      field: spot.field,
      anchor: this.#anchorOf(scalar),
      siblings: spot.siblings,
      aliases: [],
      depth: this.#file.depth + 1,
    }
  }

  #anchorOf(scalar: Scalar): Anchor {
    const anchor = this.#locator.at(scalar.at, scalar.indent)
    if (scalar.layout === 'verbatim' || (scalar.layout === 'block' && !anchor.fixed)) return anchor
    if (scalar.layout === 'block') return { ...opaque(anchor), inner: (offset) => this.#locator.at(scalar.at + offset + indentsBefore(scalar, offset)) }
    if (this.#file.encoding.at(-1) === 'json') return opaque(anchor)
    const raw = new EscapedOffsets(this.#file.text, scalar.at)
    return { ...opaque(anchor), inner: (offset) => this.#locator.at(raw.at(offset)) }
  }

  /** Says what of this file could not be read. */
  problem(field: string | undefined, problem: string): void {
    this.decoding.problem({ ...this.#file, field }, problem)
  }

  /** The spot of a key of a map. */
  below(spot: Spot, key: string, siblings: readonly string[]): Spot {
    return { name: key, field: fieldOf(spot.field, key), siblings, isSuspicious: spot.isSuspicious || mayNameSecret(key), isHot: spot.isHot || isHotName(key) }
  }

  #visitScalar(scalar: Scalar, spot: Spot): void {
    if (scalar.text === '' || (!spot.isSuspicious && scalar.text.length < COLD_CHARS_MAX) || (!spot.isHot && isCold(scalar.text))) return
    this.decoding.decode(this.passageOf(scalar, spot))
  }

  /** True when nothing between the offsets of the file can become a finding. */
  #isColdBetween(from: number | undefined, end: number | undefined): boolean {
    return this.#hot !== undefined && from !== undefined && end !== undefined && !this.#hot.within(from, end)
  }

  #walkMap(map: MapNode, spot: Spot): void {
    if (this.decoding.readShape(map, spot, this)) return
    let siblings: readonly string[] | undefined
    const value = map.pairs.find((pair) => isValueKey(pair.key))
    const named = value === undefined ? undefined : scalarOf(map, 'name', 'key', 'variable', 'parameterkey', 'parametername', 'headername', 'optionname', 'env')
    for (const pair of map.pairs) {
      // The API server's own bookkeeping of who wrote which field holds names only.
      if (pair.key === 'managedFields' || (value !== undefined && pair.value === named)) continue
      const isCalled = named !== undefined && pair === value && isHotName(named.text)
      if (!spot.isHot && !isCalled && this.#isColdBetween(pair.from, pair.end)) continue
      siblings ??= this.#needsSiblings(map, spot) ? siblingsOf(map) : NONE
      if (named !== undefined && value !== undefined && pair === value && named.text !== '') {
        // A list of { name, value } is a map in disguise: the value is named by its neighbour.
        this.walk(pair.value, {
          ...this.below(spot, pair.key, siblings),
          name: named.text,
          isSuspicious: spot.isSuspicious || mayNameSecret(named.text),
          isHot: spot.isHot || isHotName(named.text),
        })
      } else if (pair.value.is !== 'scalar' || spot.isSuspicious || pair.value.text.length >= COLD_CHARS_MAX || mayNameSecret(pair.key)) {
        this.walk(pair.value, this.below(spot, pair.key, siblings))
      }
    }
  }

  /** Most maps hold only short values under innocent names, or further maps: nobody would read their neighbours. */
  #needsSiblings(map: MapNode, spot: Spot): boolean {
    return map.pairs.some(
      ({ key, value }) =>
        value.is === 'list' || (value.is === 'scalar' && (spot.isSuspicious || value.text.length >= COLD_CHARS_MAX || mayNameSecret(key) || isValueKey(key))),
    )
  }

  #walkList(list: ListNode, spot: Spot): void {
    if (this.decoding.readShape(list, spot, this)) return
    list.items.forEach((item, index) => {
      if (!spot.isHot && this.#isColdBetween(index === 0 ? list.from : list.ends?.[index - 1], list.ends?.[index])) return
      if (item.is === 'scalar' && (spot.isSuspicious || item.text.length >= COLD_CHARS_MAX)) {
        this.walk(item, { ...spot, field: fieldOf(spot.field, index) })
      } else if (item.is !== 'scalar') this.walk(item, { ...spot, field: fieldOf(spot.field, index) })
    })
  }
}

/** Columns that were taken from the lines of a block before an offset of its text. */
function indentsBefore(scalar: Scalar, offset: number): number {
  let sum = 0
  for (let feed = scalar.text.indexOf('\n'); feed !== -1 && feed < offset; feed = scalar.text.indexOf('\n', feed + 1)) {
    if (scalar.text[feed + 1] !== '\n') sum += scalar.indent
  }
  return sum
}

const VALUE_KEYS = new Set(['value', 'val', 'parametervalue', 'headervalue', 'optionvalue'])

function isValueKey(key: string): boolean {
  const last = key.charCodeAt(key.length - 1) | 32
  return (last === 101 || last === 108) && key.length <= 14 && VALUE_KEYS.has(key.toLowerCase())
}

import { FREQUENCIES, isRepeated } from './frequencies.ts'

/** Characters of a window that are looked up first. */
const FIRST_CHARS = 3
const WINDOW_CHARS = 4
/** Pieces of words that configuration repeats stand more often than their letters tell. */
const REPEATED_FACTOR = 100

/** The part of an anchor by which it is found. */
export interface Window {
  /** Offset of the window inside its anchor. */
  readonly offset: number
  /** Bytes of the window: four, or three for anchors of three characters. */
  readonly bytes: Uint8Array
}

/** Characters as the scanner sees them: the low byte of each code unit. */
export function lowBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at)
  return bytes
}

/** The window of an anchor that stands least often in ordinary text. */
export function rarestWindow(anchor: string): Window {
  const bytes = lowBytes(anchor)
  const size = Math.min(WINDOW_CHARS, bytes.length)
  let best = 0
  let lowest = Number.POSITIVE_INFINITY
  for (let offset = 0; offset + size <= bytes.length; offset++) {
    let chance = 1
    for (let at = offset; at < offset + FIRST_CHARS; at++) chance *= FREQUENCIES[bytes[at] ?? 0] ?? 1
    if (chance < lowest && isRepeated(anchor.slice(offset, offset + size))) chance *= REPEATED_FACTOR
    if (chance < lowest) {
      lowest = chance
      best = offset
    }
  }
  return { offset: best, bytes: bytes.slice(best, best + size) }
}

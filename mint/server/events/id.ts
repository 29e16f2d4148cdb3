import { randomFillSync } from 'node:crypto'

/** Characters of an id, which are ASCII. */
export const EVENT_ID_BYTES = 36

/** Random bytes are drawn in blocks and kept as hex digits: a call for each id would cost more than all the rest of it. */
const BLOCK_BYTES = 5_000
const RANDOM_DIGITS = 20
const block = Buffer.alloc(BLOCK_BYTES)
const digits = Buffer.alloc(2 * BLOCK_BYTES)
let used = digits.length

const HYPHEN = 0x2d
const VARIANTS = Buffer.from('89ab', 'latin1')
/** Time and version, which all ids of a millisecond share. */
const head = Buffer.alloc(15)
let headTime = -1
const scratch = Buffer.alloc(EVENT_ID_BYTES)

/** A UUID of version 7 (RFC 9562 section 5.7): ordered by time, so that a day's events lie together. */
export function eventId(now: Date): string {
  writeEventId(now.getTime(), scratch, 0)
  return scratch.toString('latin1')
}

/** The same, written where it belongs. */
export function writeEventId(nowMs: number, target: Buffer, offset: number): void {
  if (nowMs !== headTime) {
    const hex = nowMs.toString(16).padStart(12, '0')
    head.write(`${hex.slice(0, 8)}-${hex.slice(8)}-7`, 'latin1')
    headTime = nowMs
  }
  if (used + RANDOM_DIGITS > digits.length) {
    digits.write(randomFillSync(block).toString('hex'), 'latin1')
    used = 0
  }
  const start = used
  used += RANDOM_DIGITS
  put(head, 0, head.length, target, offset)
  put(digits, start, 3, target, offset + 15)
  target[offset + 18] = HYPHEN
  // The variant is the two bits 10: one digit of 8, 9, a and b.
  target[offset + 19] = VARIANTS[(digits[start + 19] ?? 0) & 3] ?? 0
  put(digits, start + 3, 3, target, offset + 20)
  target[offset + 23] = HYPHEN
  put(digits, start + 6, 12, target, offset + 24)
}

/** For a few bytes: a copy by the engine costs more than it copies. */
function put(source: Buffer, start: number, length: number, target: Buffer, offset: number): void {
  for (let index = 0; index < length; index += 1) target[offset + index] = source[start + index] ?? 0
}

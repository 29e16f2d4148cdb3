import { randomFillSync } from 'node:crypto'

/** Random bytes are drawn in blocks and kept as hex: a call for each id would cost more than all the rest of it. */
const BLOCK_BYTES = 5_000
const RANDOM_DIGITS = 20
const block = Buffer.alloc(BLOCK_BYTES)
let digits = ''
let used = 0

let lastTime = -1
let timeText = ''

/** A UUID of version 7 (RFC 9562 section 5.7): ordered by time, so that a day's events lie together. */
export function eventId(now: Date | number): string {
  const time = typeof now === 'number' ? now : now.getTime()
  if (time !== lastTime) {
    const hex = time.toString(16).padStart(12, '0')
    timeText = `${hex.slice(0, 8)}-${hex.slice(8)}-7`
    lastTime = time
  }
  if (used + RANDOM_DIGITS > digits.length) {
    digits = randomFillSync(block).toString('hex')
    used = 0
  }
  const start = used
  used += RANDOM_DIGITS
  // The variant is the two bits 10: one digit of 8, 9, a and b.
  const variant = VARIANTS[digits.charCodeAt(start + 19) & 3] ?? '8'
  return `${timeText}${digits.slice(start, start + 3)}-${variant}${digits.slice(start + 3, start + 6)}-${digits.slice(start + 6, start + 18)}`
}

const VARIANTS = ['8', '9', 'a', 'b']

import { guessBase64 } from './base64.ts'

/** Bytes that are judged before a run is decoded. */
const PROBED_CHARS = 12
/** Length of a sealed value, which is all base64 and begins with the length of its session key. */
const SEALED_CHARS_MIN = 600

const SEXTETS = new Int8Array(128).fill(-1)
for (const [value, letter] of Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/').entries()) SEXTETS[letter.charCodeAt(0)] = value
SEXTETS['-'.charCodeAt(0)] = 62
SEXTETS['_'.charCodeAt(0)] = 63

/** True when the run of base64 characters from `start` to `end` could be base64 of a text, or a sealed value. Nearly all runs are words, and are given up after a few letters. */
export function mayHideText(text: string, start: number, end: number): boolean {
  if (end - start > SEALED_CHARS_MIN && text.startsWith('Ag', start)) return true
  for (let at = start; at + 4 <= end && at < start + PROBED_CHARS; at += 4) {
    const bits = (sextet(text, at) << 18) | (sextet(text, at + 1) << 12) | (sextet(text, at + 2) << 6) | sextet(text, at + 3)
    if (!isPrintable((bits >> 16) & 255) || !isPrintable((bits >> 8) & 255) || !isPrintable(bits & 255)) return false
  }
  let padded = end
  while (padded < end + 2 && text.charCodeAt(padded) === 61) padded += 1
  return guessBase64(text.slice(start, padded)) !== undefined || guessBase64(text.slice(start, end)) !== undefined
}

function sextet(text: string, at: number): number {
  return SEXTETS[text.charCodeAt(at)] ?? 0
}

function isPrintable(byte: number): boolean {
  return (byte >= 32 && byte < 127) || byte === 10 || byte === 13 || byte === 9
}

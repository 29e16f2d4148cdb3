import { crc32 } from 'node:zlib'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const BECH32_GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const

/** CRC32 of an ASCII text as six base62 digits, left-padded: the check of GitHub's and npm's tokens. */
export function crc32Base62(body: string): string {
  let rest = crc32(body)
  let digits = ''
  for (let index = 0; index < 6; index++) {
    digits = BASE62.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}

/** CRC32 as base36, left-padded to seven digits: the check of GitLab's routable tokens. */
export function crc32Base36(body: string): string {
  return crc32(body).toString(36).padStart(7, '0')
}

/** CRC32 as eight hex digits, most significant byte first. */
export function crc32Hex(body: string): string {
  return crc32(body).toString(16).padStart(8, '0')
}

/** The same with the least significant byte first. */
export function crc32HexLittleEndian(body: string): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(crc32(body))
  return bytes.toString('hex')
}

/** Whether a text in one case, human-readable part and separator included, has a right Bech32 checksum (BIP-173). */
export function hasBech32Checksum(text: string): boolean {
  const lower = text.toLowerCase()
  const separator = lower.lastIndexOf('1')
  if (separator < 1) return false
  let sum = 1
  const add = (value: number): void => {
    const top = sum >>> 25
    sum = ((sum & 0x1ffffff) << 5) ^ value
    BECH32_GENERATOR.forEach((generator, bit) => {
      if ((top >>> bit) & 1) sum ^= generator
    })
  }
  for (const letter of lower.slice(0, separator)) add(letter.charCodeAt(0) >>> 5)
  add(0)
  for (const letter of lower.slice(0, separator)) add(letter.charCodeAt(0) & 31)
  for (const letter of lower.slice(separator + 1)) {
    const value = BECH32.indexOf(letter)
    if (value < 0) return false
    add(value)
  }
  return sum === 1
}

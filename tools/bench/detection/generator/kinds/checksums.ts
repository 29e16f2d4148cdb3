import { crc32 } from 'node:zlib'
import { type Random, BASE62 } from '../random.ts'

const BASE62_ORDER = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function inBase(value: number, alphabet: string): string {
  let rest = value
  let text = ''
  do {
    text = `${alphabet[rest % alphabet.length]}${text}`
    rest = Math.floor(rest / alphabet.length)
  } while (rest > 0)
  return text
}

/** Six base62 digits of the CRC32 of a token's body, as GitHub and npm append them. */
export function base62Checksum(body: string): string {
  return inBase(crc32(body), BASE62_ORDER).padStart(6, '0')
}

/** Prefix, body and the body's checksum. */
export function checkedToken(random: Random, prefix: string, bodyLength: number): string {
  const body = random.text(BASE62, bodyLength)
  return `${prefix}${body}${base62Checksum(body)}`
}

/** GitLab's routable form: payload, its length in base 36, and the CRC32 of all before it in base 36. */
export function routableGitlabToken(random: Random, prefix: string): string {
  const payload = Buffer.from(`o:${random.int(1, 9999)}\nu:${random.int(1, 99_999)}\n${random.text(BASE62, 6)}`).toString('base64url')
  const head = `${prefix}${payload}.01.${payload.length.toString(36).padStart(2, '0')}`
  return `${head}${crc32(head).toString(36).padStart(7, '0')}`
}

/** Grafana's service account token: CRC32 of all before it in eight hexadecimal digits, least significant byte first. */
export function grafanaToken(random: Random): string {
  const head = `glsa_${random.text(BASE62, 32)}`
  const check = Buffer.alloc(4)
  check.writeUInt32LE(crc32(head))
  return `${head}_${check.toString('hex')}`
}

const BECH32_ORDER = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const BECH32_GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]

function bech32Polymod(values: readonly number[]): number {
  let check = 1
  for (const value of values) {
    const top = check >>> 25
    check = ((check & 0x1ffffff) << 5) ^ value
    BECH32_GENERATORS.forEach((generator, bit) => {
      if (((top >> bit) & 1) === 1) check ^= generator
    })
  }
  return check
}

/** A secret key of age: 32 bytes in Bech32 (BIP 173), in capitals. */
export function ageSecretKey(random: Random): string {
  const prefix = 'age-secret-key-'
  const codes = Array.from(prefix, (character) => character.charCodeAt(0))
  const bits = Array.from(random.bytes(32), (byte) => byte.toString(2).padStart(8, '0'))
    .join('')
    .padEnd(260, '0')
  const data = Array.from({ length: 52 }, (_, index) => Number.parseInt(bits.slice(index * 5, index * 5 + 5), 2))
  const head = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)]
  const check = bech32Polymod([...head, ...data, 0, 0, 0, 0, 0, 0]) ^ 1
  const digits = [...data, ...Array.from({ length: 6 }, (_, index) => (check >> (5 * (5 - index))) & 31)]
  return `${prefix}1${digits.map((digit) => BECH32_ORDER[digit]).join('')}`.toUpperCase()
}

/** Atlassian's family: prefix and body, then CRC32 of them in eight upper-case hexadecimal digits. */
export function atlassianToken(random: Random, prefix: string, length: number): string {
  const head = `${prefix}${random.text(BASE62, length)}${prefix.startsWith('ATATT') ? '=' : ''}`
  return `${head}${crc32(head).toString(16).toUpperCase().padStart(8, '0')}`
}

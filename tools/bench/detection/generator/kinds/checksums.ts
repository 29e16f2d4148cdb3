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

/** Eight hexadecimal digits of CRC32 as Grafana writes them: after an underscore, over the body, least significant byte first. */
export function grafanaToken(random: Random): string {
  const body = random.text(BASE62, 32)
  const check = Buffer.alloc(4)
  check.writeUInt32LE(crc32(body))
  return `glsa_${body}_${check.toString('hex')}`
}

/** Atlassian's family: prefix and body, then CRC32 of them in eight upper-case hexadecimal digits. */
export function atlassianToken(random: Random, prefix: string, length: number): string {
  const head = `${prefix}${random.text(BASE62, length)}${prefix.startsWith('ATATT') ? '=' : ''}`
  return `${head}${crc32(head).toString(16).toUpperCase().padStart(8, '0')}`
}

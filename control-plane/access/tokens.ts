import { createHash, randomBytes } from 'node:crypto'

/** Random bytes of a token: out of reach of guessing. */
const TOKEN_BYTES = 32

/** A new token. `prefix` tells people and secret scanners what it is; only the SHA-256 of the whole is ever stored. */
export function newToken(prefix: 'mmo' | 'mma' | 'mms'): { readonly token: string; readonly sha256: string } {
  const token = `${prefix}_${randomBytes(TOKEN_BYTES).toString('base64url')}`
  return { token, sha256: hashToken(token) }
}

/** SHA-256 of a token as 64 hex digits. Tokens are random, so a plain hash cannot be turned back. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

import { createHmac, hash } from 'node:crypto'
import type { FingerprintKey } from '@mintmark/ledger/model'

/** Computes keyed fingerprints: equal texts have equal ones, and without the key nothing can be tried against them. */
export interface Fingerprinter {
  /** HMAC-SHA-256 of the canonical form of a credential, as 64 hex digits. */
  readonly ofSecret: (canonical: string) => string
  /** The same in a domain of its own, over a whole entry (or over the bytes that its base64 spells): equal for exact copies. */
  readonly ofCopy: (content: string, form?: 'text' | 'base64') => string
}

/** Fingerprints under one tenant's key. The copy domain has a key derived from it, so that an entry that is one bare secret shows two unrelated values. */
export function createFingerprinter(key: FingerprintKey): Fingerprinter {
  const copyKey = createHmac('sha256', key.bytes).update('mintmark copy domain').digest()
  return {
    ofSecret: keyedHash(key.bytes),
    ofCopy: keyedHash(copyKey),
  }
}

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
/** Texts up to this size are copied behind the key's block; longer ones are worth the price of a hash object. */
const SHORT_BYTES_MAX = 16_384
/** UTF-8 needs at most so many bytes for a UTF-16 code unit; base64 makes fewer bytes than it has characters. */
const BYTES_PER_UNIT_MAX = { text: 3, base64: 1 } as const
const ENCODINGS = { text: 'utf8', base64: 'base64' } as const

/**
 * HMAC-SHA-256 in the words of RFC 2104 over two hashes at once: an HMAC object of OpenSSL costs several times as much as hashing a password does.
 * A test holds it against that object.
 */
function keyedHash(key: Uint8Array): (content: string, form?: 'text' | 'base64') => string {
  const block = Buffer.alloc(BLOCK_BYTES)
  block.set(key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key)
  const inner = Buffer.alloc(BLOCK_BYTES + SHORT_BYTES_MAX)
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES)
  for (const [index, byte] of block.entries()) {
    inner[index] = byte ^ 0x36
    outer[index] = byte ^ 0x5c
  }
  return (content, form = 'text') => {
    if (content.length * BYTES_PER_UNIT_MAX[form] > SHORT_BYTES_MAX) return createHmac('sha256', key).update(content, ENCODINGS[form]).digest('hex')
    const used = inner.subarray(0, BLOCK_BYTES + inner.write(content, BLOCK_BYTES, ENCODINGS[form]))
    outer.write(hash('sha256', used, 'hex'), BLOCK_BYTES, 'hex')
    used.fill(0, BLOCK_BYTES)
    return hash('sha256', outer, 'hex')
  }
}

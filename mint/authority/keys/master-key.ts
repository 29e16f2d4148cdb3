import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { AuthorityError } from '../errors.ts'

/** Bytes of a master key. */
export const MASTER_KEY_BYTES = 32
const FORMAT = 1
const ID_BYTES = 8
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEAD_BYTES = 1 + ID_BYTES + NONCE_BYTES
const CIPHER = 'aes-256-gcm'

/** Seals private keys. Holds the newest master key, which seals, and older ones, which only open what they sealed. */
export interface MasterKey {
  /** Names the newest key without revealing it, hex. */
  readonly id: string
  /** AES-256-GCM; the context is authenticated, so a sealed key opens only for what it was sealed for. */
  seal(plain: Uint8Array, context: readonly string[]): Uint8Array
  /** @throws AuthorityError `master-key` when it was sealed by another master key, for another context, or was altered */
  open(sealed: Uint8Array, context: readonly string[]): Buffer
  /** Whether the newest key has sealed this. */
  isCurrent(sealed: Uint8Array): boolean
}

/**
 * A master key out of its bytes.
 *
 * @param previous keys that were replaced; needed until everything has been sealed anew
 */
export function masterKey(current: Uint8Array, previous: readonly Uint8Array[] = []): MasterKey {
  const newest = derive(current)
  const all = new Map([...previous.map(derive), newest].map((each) => [each.id, each.cipherKey]))
  return {
    id: newest.id,
    seal(plain, context) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, newest.cipherKey, nonce).setAAD(describe(context))
      return Buffer.concat([Buffer.from([FORMAT]), Buffer.from(newest.id, 'hex'), nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
      if (bytes.length < HEAD_BYTES + TAG_BYTES || bytes[0] !== FORMAT) throw refuse('The sealed key is damaged or of a newer version')
      const key = all.get(idOf(bytes))
      if (key === undefined) throw refuse(`The key was sealed by master key ${idOf(bytes)}, which this process was not given`)
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(1 + ID_BYTES, HEAD_BYTES))
      decipher.setAAD(describe(context)).setAuthTag(bytes.subarray(bytes.length - TAG_BYTES))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(HEAD_BYTES, bytes.length - TAG_BYTES)), decipher.final()])
      } catch (cause) {
        throw refuse(`The sealed key was altered, or was sealed for something else than ${context.join(', ')}`, cause)
      }
    },
    isCurrent: (sealed) => idOf(Buffer.from(sealed)) === newest.id,
  }
}

interface Derived {
  readonly id: string
  readonly cipherKey: Uint8Array
}

/** The master key itself encrypts nothing: what it is used for gets a key of its own (RFC 5869). */
function derive(master: Uint8Array): Derived {
  if (master.length !== MASTER_KEY_BYTES) throw refuse(`A master key has ${MASTER_KEY_BYTES} bytes, this one ${master.length}`)
  const id = createHmac('sha256', master).update('mintmark master key id').digest().subarray(0, ID_BYTES).toString('hex')
  return { id, cipherKey: new Uint8Array(hkdfSync('sha256', master, '', 'mintmark sealed private keys', MASTER_KEY_BYTES)) }
}

function idOf(sealed: Buffer): string {
  return sealed.subarray(1, 1 + ID_BYTES).toString('hex')
}

/** JSON keeps the parts of a context apart, whatever they hold. */
function describe(context: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(context), 'utf8')
}

function refuse(happened: string, cause?: unknown): AuthorityError {
  return new AuthorityError(
    'master-key',
    happened,
    'Start with the master key that sealed it; after a change of master key name the older file as well until all keys were sealed anew.',
    { cause },
  )
}

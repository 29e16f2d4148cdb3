import { Buffer } from 'node:buffer'
import { createECDH, createPrivateKey, createPublicKey, KeyObject, randomFillSync, sign } from 'node:crypto'
import { refuse, type Checked } from './checked.ts'
import { readValue } from './der-reader.ts'
import type { Signer } from './model.ts'

/** A fresh key of a workload, P-256. */
export interface WorkloadKey {
  /** PKCS#8, DER, not encrypted. */
  readonly privateKey: Uint8Array
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array
}

/** RSA keys below this are refused everywhere: NIST SP 800-131A forbids them. */
const RSA_BITS_MIN = 2048
/** RSA keys above this are refused: verifying with them would cost more than any caller may ask for. */
const RSA_BITS_MAX = 8192
/** Largest SubjectPublicKeyInfo that is looked at, in bytes; RSA of 8192 bits fits. */
const PUBLIC_KEY_BYTES_MAX = 2048

/** SubjectPublicKeyInfo of P-256 up to the 65 bytes of the point (RFC 5480 section 2). */
const P256_SPKI_HEAD = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex')
/** PKCS#8 of P-256 up to the 32 bytes of the scalar, and what stands between scalar and point (RFC 5915 section 3). */
const P256_PKCS8_HEAD = Buffer.from('308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420', 'hex')
const P256_PKCS8_MIDDLE = Buffer.from('a144034200', 'hex')
const SCALAR_BYTES = 32
const POINT_BYTES = 65

/**
 * A P-256 key pair. Faster than `generateKeyPairSync` with export, because both encodings are templates around raw bytes.
 */
export function generateWorkloadKey(): WorkloadKey {
  const ecdh = createECDH('prime256v1')
  const point = ecdh.generateKeys()
  return encodeP256Key(ecdh.getPrivateKey(), point)
}

/** Both encodings of a P-256 key. The scalar comes without leading zero bytes (one key in 256 is shorter than 32) and is padded here. */
export function encodeP256Key(scalar: Uint8Array, point: Uint8Array): WorkloadKey {
  if (scalar.length > SCALAR_BYTES || point.length !== POINT_BYTES) throw new RangeError('A P-256 key has a scalar of 32 and a point of 65 bytes at most.')
  const privateKey = Buffer.alloc(P256_PKCS8_HEAD.length + SCALAR_BYTES + P256_PKCS8_MIDDLE.length + POINT_BYTES)
  privateKey.set(P256_PKCS8_HEAD)
  const scalarEnd = P256_PKCS8_HEAD.length + SCALAR_BYTES
  privateKey.set(scalar, scalarEnd - scalar.length)
  privateKey.set(P256_PKCS8_MIDDLE, scalarEnd)
  privateKey.set(point, scalarEnd + P256_PKCS8_MIDDLE.length)
  const publicKey = Buffer.allocUnsafe(P256_SPKI_HEAD.length + POINT_BYTES)
  publicKey.set(P256_SPKI_HEAD)
  publicKey.set(point, P256_SPKI_HEAD.length)
  return { privateKey, publicKey }
}

/**
 * A signer over a private key in this process.
 *
 * @param privateKey P-256, P-384 or RSA of 2048 bits and more; PKCS#8 DER when it is bytes
 * @throws TypeError for any other key; the message never contains key material
 */
export function localSigner(privateKey: KeyObject | Uint8Array): Signer {
  const key = privateKey instanceof KeyObject ? privateKey : importPrivateKey(privateKey)
  const algorithm = algorithmOf(key)
  if (algorithm === undefined) throw new TypeError('The private key is neither EC P-256, EC P-384 nor RSA of at least 2048 bits.')
  const digest = algorithm === 'ES384' ? 'sha384' : 'sha256'
  const tokenKey = algorithm === 'RS256' ? key : { key, dsaEncoding: 'ieee-p1363' as const }
  return {
    algorithm,
    publicKey: createPublicKey(key).export({ format: 'der', type: 'spki' }),
    sign: (data, form) => sign(digest, data, form === 'token' ? tokenKey : key),
  }
}

function importPrivateKey(bytes: Uint8Array): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' })
  } catch {
    // The cause is left out: messages of decoders may quote what they could not read.
    throw new TypeError('The private key is not a PKCS#8 key in DER.')
  }
}

function algorithmOf(key: KeyObject): Signer['algorithm'] | undefined {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'ec') return namedCurve === 'prime256v1' ? 'ES256' : namedCurve === 'secp384r1' ? 'ES384' : undefined
  if (key.asymmetricKeyType !== 'rsa' || modulusLength === undefined) return undefined
  return modulusLength >= RSA_BITS_MIN && modulusLength <= RSA_BITS_MAX ? 'RS256' : undefined
}

/** What kind of public key it is; only kinds that an SVID may carry have a name. */
export type PublicKeyKind = 'P-256' | 'P-384' | 'P-521' | 'RSA'

/**
 * Reads a foreign SubjectPublicKeyInfo: an EC point on P-256, P-384 or P-521, or RSA of 2048 to 8192 bits.
 * Never throws.
 */
export function readPublicKey(spki: Uint8Array): Checked<{ key: KeyObject; kind: PublicKeyKind }> {
  if (spki.length > PUBLIC_KEY_BYTES_MAX) return refuse(`public key is larger than ${PUBLIC_KEY_BYTES_MAX} bytes`)
  try {
    // OpenSSL passes over what follows the key. It would be copied into a certificate, where it could pass for extensions.
    if (readValue(spki, 0, spki.length).end !== spki.length) return refuse('public key has bytes behind it')
    const bytes = Buffer.from(spki.buffer, spki.byteOffset, spki.length)
    const key = createPublicKey({ key: bytes, format: 'der', type: 'spki' })
    // The usual key says by its encoding what it is; asking the key itself costs half as much as decoding it.
    const kind = isP256Encoding(bytes) ? 'P-256' : kindOf(key)
    return kind === undefined ? refuse('public key is neither EC P-256, P-384, P-521 nor RSA of 2048 to 8192 bits') : { ok: true, key, kind }
  } catch {
    return refuse('public key is not a SubjectPublicKeyInfo in DER')
  }
}

/** The uncompressed point of a P-256 key, as bytes over the same memory; undefined for any other encoding. Whether it lies on the curve is not checked. */
export function p256Point(spki: Uint8Array): Buffer | undefined {
  const bytes = Buffer.from(spki.buffer, spki.byteOffset, spki.length)
  return isP256Encoding(bytes) ? bytes.subarray(P256_SPKI_HEAD.length) : undefined
}

function isP256Encoding(spki: Buffer): boolean {
  return spki.length === P256_SPKI_HEAD.length + POINT_BYTES && P256_SPKI_HEAD.compare(spki, 0, P256_SPKI_HEAD.length) === 0
}

/** The kind of a key that was read already, or undefined for one that no SVID may carry. */
export function kindOf(key: KeyObject): PublicKeyKind | undefined {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'rsa') return modulusLength !== undefined && modulusLength >= RSA_BITS_MIN && modulusLength <= RSA_BITS_MAX ? 'RSA' : undefined
  if (key.asymmetricKeyType !== 'ec') return undefined
  if (namedCurve === 'prime256v1') return 'P-256'
  if (namedCurve === 'secp384r1') return 'P-384'
  return namedCurve === 'secp521r1' ? 'P-521' : undefined
}

/** Bytes of a serial number: 127 bits of a cryptographic generator, so that it is positive and fits the 20 octets of RFC 5280. */
const SERIAL_BYTES = 16
const pool = new Uint8Array(SERIAL_BYTES * 256)
let poolOffset = pool.length

/** A fresh serial number: 16 bytes, positive, never zero. Random bytes are drawn in blocks, as one call each would cost more than the copy. */
export function randomSerial(): Uint8Array {
  if (poolOffset === pool.length) {
    randomFillSync(pool)
    poolOffset = 0
  }
  const serial = pool.slice(poolOffset, poolOffset + SERIAL_BYTES)
  poolOffset += SERIAL_BYTES
  // The top bit cleared keeps it positive, the next one set keeps the first byte from being dropped.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  return serial
}

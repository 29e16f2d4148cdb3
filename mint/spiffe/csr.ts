import { Buffer } from 'node:buffer'
import { verify } from 'node:crypto'
import { readExtensions } from './certificate-extensions.ts'
import { refuse, type Checked } from './checked.ts'
import { DerError, expectValue, readBits, readObjectIdentifier, readValue, readValues, wholeOf, type DerValue } from './der-reader.ts'
import { bitString, der, objectIdentifier, sequence, TAG } from './der-writer.ts'
import { subjectAltName } from './extensions.ts'
import { localSigner, p256Point, readPublicKey, type WorkloadKey } from './keys.ts'
import type { SpiffeId } from './model.ts'
import { SIGNATURE_ALGORITHM } from './signature-algorithm.ts'
import { EMPTY_NAME } from './subject.ts'

/** Largest certification request that is looked at, in bytes. */
export const CSR_BYTES_MAX = 16 * 1024

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14'
const ATTRIBUTES_MAX = 16

/** Digest of each signature algorithm that a request may be signed with (RFC 5758, RFC 4055). */
const DIGESTS: Readonly<Record<string, { readonly digest: string; readonly family: 'EC' | 'RSA' }>> = {
  '1.2.840.10045.4.3.2': { digest: 'sha256', family: 'EC' },
  '1.2.840.10045.4.3.3': { digest: 'sha384', family: 'EC' },
  '1.2.840.10045.4.3.4': { digest: 'sha512', family: 'EC' },
  '1.2.840.113549.1.1.11': { digest: 'sha256', family: 'RSA' },
  '1.2.840.113549.1.1.12': { digest: 'sha384', family: 'RSA' },
  '1.2.840.113549.1.1.13': { digest: 'sha512', family: 'RSA' },
}

/**
 * Writes a certification request (PKCS#10, RFC 2986) that proves possession of a key.
 * The subject is empty; the SPIFFE ID, when given, stands as URI in the requested names.
 */
export function writeCsr(request: { readonly id?: SpiffeId; readonly key: WorkloadKey }): Uint8Array {
  const signer = localSigner(request.key.privateKey)
  const extensions = request.id === undefined ? [] : [subjectAltName({ uri: request.id }, true)]
  const attributes = extensions.length === 0 ? [] : [sequence(objectIdentifier(EXTENSION_REQUEST), der(TAG.set, sequence(...extensions)))]
  const body = sequence(Uint8Array.of(TAG.integer, 1, 0), EMPTY_NAME, request.key.publicKey, der(0xa0, ...attributes))
  const signature = signer.sign(body, 'certificate')
  // A local signer answers at once; the check tells the compiler so.
  if (signature instanceof Promise) throw new TypeError('A request is signed by a local key.')
  return sequence(body, SIGNATURE_ALGORITHM[signer.algorithm], bitString(signature))
}

/**
 * Reads a foreign certification request and verifies that its sender holds the key. Bounded; never throws.
 * The names are what was asked for: whoever issues decides.
 */
export function readCsr(bytes: Uint8Array): Checked<{ publicKey: Uint8Array; uris: readonly string[]; dnsNames: readonly string[] }> {
  if (bytes.length > CSR_BYTES_MAX) return refuse(`certification request is larger than ${CSR_BYTES_MAX} bytes`)
  try {
    return readAndVerify(bytes)
  } catch (error) {
    if (error instanceof DerError) return refuse(`certification request ${error.message}`)
    throw error
  }
}

function readAndVerify(bytes: Uint8Array): ReturnType<typeof readCsr> {
  const whole = expectValue(bytes, 0, bytes.length, 0x30, 'request')
  if (whole.end !== bytes.length) return refuse('certification request has bytes behind its end')
  const [body, algorithm, signature] = readValues(bytes, whole, 3)
  if (body?.tag !== 0x30 || algorithm?.tag !== 0x30 || signature?.tag !== 0x03) return refuse('certification request is not body, algorithm and signature')
  const version = expectValue(bytes, body.body, body.end, 0x02, 'version')
  const subject = expectValue(bytes, version.end, body.end, 0x30, 'subject')
  const publicKey = expectValue(bytes, subject.end, body.end, 0x30, 'public key')
  const names = publicKey.end < body.end ? readRequestedNames(bytes, expectValue(bytes, publicKey.end, body.end, 0xa0, 'attributes')) : NO_NAMES

  if (isUsualAndSigned(bytes, { body, algorithm, publicKey, signature })) return { ok: true, publicKey: Buffer.from(wholeOf(bytes, publicKey)), ...names }
  const key = readPublicKey(wholeOf(bytes, publicKey))
  if (!key.ok) return refuse(`certification request: ${key.reason}`)
  const scheme = DIGESTS[readObjectIdentifier(bytes, readValue(bytes, algorithm.body, algorithm.end))]
  if (scheme === undefined || (scheme.family === 'RSA') !== (key.kind === 'RSA')) {
    return refuse('certification request is signed with an algorithm that does not fit its key')
  }
  const bits = readBits(bytes, signature)
  if (!answers(() => verify(scheme.digest, wholeOf(bytes, body), key.key, bits))) {
    return refuse('certification request is not signed by the key that it holds')
  }
  return { ok: true, publicKey: Buffer.from(wholeOf(bytes, publicKey)), ...names }
}

/**
 * Whether a P-256 key, which nearly every workload has, has signed with SHA-256: curve, point and signature checked in one call, a tenth cheaper than a key
 * that is made and then used. Whatever it does not take is looked at step by step, so that the refusal says what is wrong.
 */
function isUsualAndSigned(bytes: Uint8Array, parts: Readonly<Record<'body' | 'algorithm' | 'publicKey' | 'signature', DerValue>>): boolean {
  const { body, algorithm, publicKey, signature } = parts
  const point = p256Point(wholeOf(bytes, publicKey))
  if (point === undefined || Buffer.compare(wholeOf(bytes, algorithm), SIGNATURE_ALGORITHM.ES256) !== 0) return false
  const key = { key: point, format: 'raw-public', asymmetricKeyType: 'ec', namedCurve: 'prime256v1' } as const
  const bits = readBits(bytes, signature)
  // @ts-expect-error -- Node 26 takes a bare point here, as its manual says; its types say so of createPublicKey only.
  return answers(() => verify('sha256', wholeOf(bytes, body), key, bits))
}

const NO_NAMES = { uris: [], dnsNames: [] } as const

function readRequestedNames(bytes: Uint8Array, attributes: DerValue): { uris: readonly string[]; dnsNames: readonly string[] } {
  for (const attribute of readValues(bytes, attributes, ATTRIBUTES_MAX)) {
    const [type, values] = readValues(bytes, attribute, 2)
    if (type === undefined || values?.tag !== TAG.set) throw new DerError('has an attribute that is none')
    if (readObjectIdentifier(bytes, type) !== EXTENSION_REQUEST) continue
    const { uris, dnsNames } = readExtensions(bytes, expectValue(bytes, values.body, values.end, 0x30, 'list of extensions'))
    return { uris, dnsNames }
  }
  return NO_NAMES
}

/** OpenSSL refuses some malformed points and signatures by an error instead of an answer; both mean no. */
function answers(check: () => boolean): boolean {
  try {
    return check()
  } catch {
    return false
  }
}

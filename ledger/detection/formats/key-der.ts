import { createPrivateKey, createPublicKey, hash } from 'node:crypto'

const INTEGER = 0x02
const OBJECT_IDENTIFIER = 0x06
const BIT_STRING = 0x03
const OCTET_STRING = 0x04
const SEQUENCE = 0x30
/** [0] of an EC key (RFC 5915): the curve. */
const PARAMETERS = 0xa0
/** [1] of PKCS#8 (RFC 5958) and of an EC key (RFC 5915): the public key. */
const PUBLIC_KEY = 0xa1
/** AlgorithmIdentifier of rsaEncryption with NULL parameters (RFC 8017). */
const RSA_ALGORITHM = Buffer.from('300d06092a864886f70d0101010500', 'hex')
const RSA_OID = RSA_ALGORITHM.subarray(2, 13)
const EC_OID = Buffer.from('06072a8648ce3d0201', 'hex')
/** id-Ed25519, which has no parameters (RFC 8410). */
const ED25519_OID = Buffer.from('06032b6570', 'hex')
const ED25519_SEED_BYTES = 32
/** SubjectPublicKeyInfo of an Ed25519 key up to the key itself. */
const ED25519_SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex')

interface Element {
  readonly tag: number
  /** The whole element, header included. */
  readonly whole: Buffer
  readonly content: Buffer
}

/** The public half of a private key in DER: of RSA keys and of EC keys that carry their public point without arithmetic. */
export interface DerKey {
  readonly algorithm: 'rsa' | 'ec' | 'ed25519'
  readonly spki: string
}

/**
 * Reads PKCS#1, PKCS#8 and SEC 1. It exists because OpenSSL takes a hundred microseconds to find out what a key is, and a cluster is full of TLS keys;
 * whatever this does not know is left to OpenSSL.
 */
export function readDerKey(der: Buffer): DerKey | undefined {
  const fields = childrenOf(read(der, 0, SEQUENCE))
  const [version, second] = fields
  if (version?.tag !== INTEGER || second === undefined) return undefined
  if (second.tag === INTEGER) return rsaOf(fields)
  const octets = fields[2]
  if (second.tag === OCTET_STRING) return ecOf(fields, undefined)
  if (second.tag !== SEQUENCE || octets?.tag !== OCTET_STRING) return undefined
  if (second.content.subarray(0, RSA_OID.length).equals(RSA_OID)) return rsaOf(childrenOf(read(octets.content, 0, SEQUENCE)))
  if (second.content.equals(ED25519_OID)) return ed25519Of(octets.content)
  if (!second.content.subarray(0, EC_OID.length).equals(EC_OID)) return undefined
  return ecOf(childrenOf(read(octets.content, 0, SEQUENCE)), second.whole)
}

/** Fields of ECPrivateKey; its algorithm stands around it (PKCS#8) or is made of its curve (SEC 1). */
function ecOf(fields: readonly Element[], around: Buffer | undefined): DerKey | undefined {
  const point = fields.find((field) => field.tag === PUBLIC_KEY)
  const bits = point === undefined ? undefined : read(point.content, 0, BIT_STRING)
  const algorithm = around ?? algorithmOf(fields)
  return bits === undefined || algorithm === undefined
    ? undefined
    : { algorithm: 'ec', spki: digest(element(SEQUENCE, Buffer.concat([algorithm, bits.whole]))) }
}

function algorithmOf(fields: readonly Element[]): Buffer | undefined {
  const parameters = fields.find((field) => field.tag === PARAMETERS)
  const curve = parameters === undefined ? undefined : read(parameters.content, 0, OBJECT_IDENTIFIER)
  return curve === undefined ? undefined : element(SEQUENCE, Buffer.concat([EC_OID, curve.whole]))
}

/** The seed is the content of an octet string inside the octet string (RFC 8410). OpenSSL derives the public key, and need not guess what it is given. */
function ed25519Of(octets: Buffer): DerKey | undefined {
  const seed = read(octets, 0, OCTET_STRING)
  if (seed?.content.length !== ED25519_SEED_BYTES) return undefined
  const key = createPrivateKey({ key: seed.content, format: 'raw-private', asymmetricKeyType: 'ed25519' })
  return { algorithm: 'ed25519', spki: digest(Buffer.concat([ED25519_SPKI_HEAD, createPublicKey(key).export({ format: 'raw-public' })])) }
}

/** Fields of RSAPrivateKey: version, modulus, public exponent, and seven more that stay unread. */
function rsaOf(fields: readonly Element[]): DerKey | undefined {
  const [, modulus, exponent] = fields
  if (fields.length < 9 || modulus?.tag !== INTEGER || exponent?.tag !== INTEGER || modulus.content.length < 64) return undefined
  const key = element(SEQUENCE, Buffer.concat([modulus.whole, exponent.whole]))
  const bits = element(BIT_STRING, Buffer.concat([Buffer.of(0), key]))
  return { algorithm: 'rsa', spki: digest(element(SEQUENCE, Buffer.concat([RSA_ALGORITHM, bits]))) }
}

function digest(spki: Buffer): string {
  return hash('sha256', spki, 'hex')
}

function childrenOf(parent: Element | undefined): Element[] {
  const children: Element[] = []
  if (parent === undefined) return children
  for (let at = 0; at < parent.content.length;) {
    const child = read(parent.content, at)
    if (child === undefined) return []
    children.push(child)
    at += child.whole.length
  }
  return children
}

/** One element with a definite length of at most three bytes; undefined when it does not fit into the bytes. */
function read(bytes: Buffer, at: number, tag?: number): Element | undefined {
  const found = bytes[at]
  const first = bytes[at + 1]
  if (found === undefined || first === undefined || (tag !== undefined && found !== tag)) return undefined
  const extra = first < 0x80 ? 0 : first & 0x7f
  if (first >= 0x80 && (extra === 0 || extra > 3 || at + 2 + extra > bytes.length)) return undefined
  const length = extra === 0 ? first : bytes.readUIntBE(at + 2, extra)
  const from = at + 2 + extra
  if (from + length > bytes.length) return undefined
  return { tag: found, whole: bytes.subarray(at, from + length), content: bytes.subarray(from, from + length) }
}

function element(tag: number, content: Buffer): Buffer {
  const length = content.length
  const header = length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(header), content])
}

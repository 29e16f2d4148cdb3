import { createHash } from 'node:crypto'

const INTEGER = 0x02
const BIT_STRING = 0x03
const OCTET_STRING = 0x04
const SEQUENCE = 0x30
/** [1] of PKCS#8 (RFC 5958) and of an EC key (RFC 5915): the public key. */
const PUBLIC_KEY = 0xa1
/** AlgorithmIdentifier of rsaEncryption with NULL parameters (RFC 8017). */
const RSA_ALGORITHM = Buffer.from('300d06092a864886f70d0101010500', 'hex')
const RSA_OID = RSA_ALGORITHM.subarray(2, 13)
const EC_OID = Buffer.from('06072a8648ce3d0201', 'hex')

interface Element {
  readonly tag: number
  /** The whole element, header included. */
  readonly whole: Buffer
  readonly content: Buffer
}

/** The public half of a private key in DER, read without arithmetic: RSA keys and EC keys that carry their public point. */
export interface DerKey {
  readonly algorithm: 'rsa' | 'ec'
  readonly spki: string
}

/**
 * Reads PKCS#1 and PKCS#8. It exists because asking OpenSSL costs a hundred microseconds a key, and a cluster is full of TLS keys;
 * whatever this does not know is left to OpenSSL.
 */
export function readDerKey(der: Buffer): DerKey | undefined {
  const fields = childrenOf(read(der, 0, SEQUENCE))
  const [version, second] = fields
  if (version?.tag !== INTEGER || second === undefined) return undefined
  if (second.tag === INTEGER) return rsaOf(fields)
  const octets = fields[2]
  if (second.tag !== SEQUENCE || octets?.tag !== OCTET_STRING) return undefined
  if (second.content.subarray(0, RSA_OID.length).equals(RSA_OID)) return rsaOf(childrenOf(read(octets.content, 0, SEQUENCE)))
  if (!second.content.subarray(0, EC_OID.length).equals(EC_OID)) return undefined
  const point = childrenOf(read(octets.content, 0, SEQUENCE)).find((field) => field.tag === PUBLIC_KEY)
  const bits = point === undefined ? undefined : read(point.content, 0, BIT_STRING)
  return bits === undefined ? undefined : { algorithm: 'ec', spki: digest(element(SEQUENCE, Buffer.concat([second.whole, bits.whole]))) }
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
  return createHash('sha256').update(spki).digest('hex')
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

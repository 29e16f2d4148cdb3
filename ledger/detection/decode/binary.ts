/** Kinds of binary key material that are told by their first bytes; the name of one is the last encoding step of its leaf. */
export const BINARY_KINDS = ['pkcs12', 'jks', 'jceks', 'bcfks', 'der-private-key', 'binary-key'] as const
/** One of the kinds above. */
export type BinaryKind = (typeof BINARY_KINDS)[number]

/** Symmetric keys are raw bytes of these lengths (128 to 512 bits). */
const RAW_KEY_LENGTHS = new Set([16, 24, 32, 48, 64])

/**
 * Names binary key material: PKCS#12 (RFC 7292: a SEQUENCE that begins with version 3), Java key stores by their magic numbers,
 * private keys in DER (PKCS#8 RFC 5958, PKCS#1 RFC 8017, SEC1 RFC 5915), and raw symmetric keys where the name says so. Certificates are not named: they are public.
 */
export function describeBinary(bytes: Uint8Array, name: string): BinaryKind | undefined {
  const magic = bytes.length < 8 ? 0 : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0)
  if (magic === 0xfeedfeed) return 'jks'
  if (magic === 0xcececece) return 'jceks'
  if (bytes[0] === 0x30) {
    const content = contentOfSequence(bytes)
    if (content !== undefined && bytes[content] === 0x02) {
      const version = bytes[content + 1] === 1 ? bytes[content + 2] : undefined
      const next = bytes[content + 3]
      if (version === 3 && next === 0x30) return 'pkcs12'
      // PKCS#8 has an algorithm next, PKCS#1 the modulus, SEC1 an octet string.
      if ((version === 0 || version === 1) && (next === 0x30 || next === 0x02 || next === 0x04)) return 'der-private-key'
    }
    if (/\.bcfks$/i.test(name)) return 'bcfks'
  }
  if (RAW_KEY_LENGTHS.has(bytes.length) && /key|secret/i.test(name) && !/pub/i.test(name)) return 'binary-key'
  return undefined
}

/** Offset of the content of a DER SEQUENCE whose length fits the bytes. */
function contentOfSequence(bytes: Uint8Array): number | undefined {
  const first = bytes[1] ?? 0
  if (first === 0x80) return 2
  if (first < 0x80) return first + 2 === bytes.length ? 2 : undefined
  const octets = first & 0x7f
  if (octets > 4) return undefined
  let length = 0
  for (let at = 0; at < octets; at += 1) length = length * 256 + (bytes[2 + at] ?? 0)
  return length + 2 + octets === bytes.length ? 2 + octets : undefined
}

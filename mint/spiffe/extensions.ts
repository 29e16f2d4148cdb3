import { Buffer } from 'node:buffer'
import { hash } from 'node:crypto'
import { der, namedBits, objectIdentifier, sequence, TAG } from './der-writer.ts'
import { ipAddressBytes } from './ip-address.ts'

/** Object identifiers of the extensions that SVIDs and their issuers carry (RFC 5280 section 4.2.1). */
export const EXTENSION = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const

/** Bits of keyUsage (RFC 5280 section 4.2.1.3). */
const KEY_USAGE = { digitalSignature: 0, keyCertSign: 5, crlSign: 6 } as const

/** Purposes of extendedKeyUsage (RFC 5280 section 4.2.1.12). */
const PURPOSE = { serverAuth: '1.3.6.1.5.5.7.3.1', clientAuth: '1.3.6.1.5.5.7.3.2' } as const

/** Tags of GeneralName (RFC 5280 section 4.2.1.6). */
export const GENERAL_NAME = { dns: 0x82, uri: 0x86, ip: 0x87 } as const

const TRUE = Uint8Array.of(TAG.boolean, 0x01, 0xff)

/** One extension; DEFAULT FALSE means that a critical flag is written only when it is true. */
export function extension(oid: string, critical: boolean, value: Uint8Array): Uint8Array {
  const wrapped = der(TAG.octetString, value)
  return critical ? sequence(objectIdentifier(oid), TRUE, wrapped) : sequence(objectIdentifier(oid), wrapped)
}

/** What every leaf says of itself, rules 7 and 8: signs and nothing else, no authority, for both ends of a TLS connection. */
export const LEAF_EXTENSIONS: Uint8Array = Buffer.concat([
  extension(EXTENSION.keyUsage, true, namedBits(KEY_USAGE.digitalSignature)),
  extension(EXTENSION.extendedKeyUsage, false, sequence(objectIdentifier(PURPOSE.serverAuth), objectIdentifier(PURPOSE.clientAuth))),
  extension(EXTENSION.basicConstraints, true, sequence()),
])

/** What every signing certificate says of itself, rule 11. */
export function authorityExtensions(pathLength: number | undefined): Uint8Array {
  const constraints = pathLength === undefined ? sequence(TRUE) : sequence(TRUE, Uint8Array.of(TAG.integer, 1, pathLength))
  return Buffer.concat([
    extension(EXTENSION.keyUsage, true, namedBits(KEY_USAGE.keyCertSign, KEY_USAGE.crlSign)),
    extension(EXTENSION.basicConstraints, true, constraints),
  ])
}

/** A key's id: the first 160 bits of SHA-256 over its bits, without the algorithm (RFC 7093 section 2, method 1). */
export function keyIdOf(publicKeyBits: Uint8Array): Uint8Array {
  // By way of a text: a digest as bytes has memory of its own outside of the heap, which costs more than both conversions.
  return Buffer.from(hash('sha256', publicKeyBits, 'latin1').slice(0, 20), 'latin1')
}

/** The extension that names the certificate's own key. */
export function subjectKeyId(keyId: Uint8Array): Uint8Array {
  return extension(EXTENSION.subjectKeyId, false, der(TAG.octetString, keyId))
}

/** The extension that names the issuer's key. */
export function authorityKeyId(keyId: Uint8Array): Uint8Array {
  return extension(EXTENSION.authorityKeyId, false, sequence(der(0x80, keyId)))
}

/** One URI SAN and whatever DNS names and addresses come with it; critical when the subject is empty (rule 6). */
export function subjectAltName(
  names: { readonly uri: string; readonly dnsNames?: readonly string[]; readonly ipAddresses?: readonly string[] },
  critical: boolean,
): Uint8Array {
  const parts = [der(GENERAL_NAME.uri, Buffer.from(names.uri, 'latin1'))]
  for (const name of names.dnsNames ?? []) parts.push(der(GENERAL_NAME.dns, Buffer.from(checkDnsName(name), 'latin1')))
  for (const address of names.ipAddresses ?? []) parts.push(der(GENERAL_NAME.ip, ipAddressBytes(address)))
  return extension(EXTENSION.subjectAltName, critical, sequence(...parts))
}

/** RFC 5890 letters, digits and hyphens in labels of 63; a leading `*.` is a wildcard. */
const DNS_NAME = /^(?:\*\.)?(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*$/
/** RFC 1035 section 3.1. */
const DNS_NAME_BYTES_MAX = 253

/** Whether a name may stand as a DNS name beside the SPIFFE ID. */
export function isDnsName(name: string): boolean {
  return name.length <= DNS_NAME_BYTES_MAX && DNS_NAME.test(name)
}

function checkDnsName(name: string): string {
  if (!isDnsName(name)) throw new RangeError('A DNS name of the certificate is not one: labels of letters, digits and hyphens, 253 bytes at most.')
  return name
}

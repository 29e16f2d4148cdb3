import { Buffer } from 'node:buffer'
import { bodyOf, DerError, expectValue, readObjectIdentifier, readValues, type DerValue } from './der-reader.ts'
import { EXTENSION, GENERAL_NAME } from './extensions.ts'

/** A certificate has at most so many extensions, names of one kind, purposes. */
const EXTENSIONS_MAX = 64
const NAMES_MAX = 1000
const PURPOSES_MAX = 64

/** What the extensions of a certificate say. */
export interface CertificateExtensions {
  readonly subjectKeyId?: Uint8Array
  readonly authorityKeyId?: Uint8Array
  readonly uris: readonly string[]
  readonly dnsNames: readonly string[]
  /** As the bytes that stand there: 4 or 16. */
  readonly ipAddresses: readonly Uint8Array[]
  readonly isAuthority: boolean
  readonly pathLength?: number
  readonly keyUsage?: KeyUsage
  /** Object identifiers. */
  readonly purposes?: readonly string[]
  /** Of all that is marked critical. */
  readonly criticalExtensions: readonly string[]
  readonly hasNameConstraints: boolean
}

/** The bits of keyUsage that matter to SPIFFE. */
export interface KeyUsage {
  readonly critical: boolean
  readonly digitalSignature: boolean
  readonly keyCertSign: boolean
  readonly crlSign: boolean
}

interface Extension {
  readonly critical: boolean
  /** The value inside the octet string. */
  readonly value: { readonly body: number; readonly end: number }
}

/** Reads the list of extensions. @throws DerError */
export function readExtensions(der: Uint8Array, list: { readonly body: number; readonly end: number } | undefined): CertificateExtensions {
  const found = new Map<string, Extension>()
  for (const value of list === undefined ? [] : readValues(der, list, EXTENSIONS_MAX)) {
    const { oid, ...extension } = readExtension(der, value)
    if (found.has(oid)) throw new DerError('has one extension twice')
    found.set(oid, extension)
  }
  const constraints = read(der, found.get(EXTENSION.basicConstraints), readBasicConstraints)
  const subjectKeyId = read(der, found.get(EXTENSION.subjectKeyId), (_der, value) => bytesOf(der, value, 0x04))
  const authorityKeyId = read(der, found.get(EXTENSION.authorityKeyId), readAuthorityKeyId)
  const usage = found.get(EXTENSION.keyUsage)
  const keyUsage = read(der, usage, (_der, value) => readKeyUsage(der, value, usage?.critical ?? false))
  const purposes = read(der, found.get(EXTENSION.extendedKeyUsage), readPurposes)
  const names = read(der, found.get(EXTENSION.subjectAltName), readNames)
  return {
    ...(subjectKeyId && { subjectKeyId }),
    ...(authorityKeyId && { authorityKeyId }),
    uris: names?.uris ?? [],
    dnsNames: names?.dnsNames ?? [],
    ipAddresses: names?.ipAddresses ?? [],
    isAuthority: constraints?.isAuthority ?? false,
    ...(constraints?.pathLength !== undefined && { pathLength: constraints.pathLength }),
    ...(keyUsage && { keyUsage }),
    ...(purposes && { purposes }),
    criticalExtensions: [...found].filter(([, { critical }]) => critical).map(([oid]) => oid),
    hasNameConstraints: found.has(EXTENSION.nameConstraints),
  }
}

function readExtension(der: Uint8Array, value: DerValue): Extension & { readonly oid: string } {
  if (value.tag !== 0x30) throw new DerError('has an extension that is none')
  const [id, second, third] = readValues(der, value, 3)
  if (id === undefined) throw new DerError('has an empty extension')
  const oid = readObjectIdentifier(der, id)
  const flag = second?.tag === 0x01 ? second : undefined
  // DER leaves out FALSE, which is the default; some issuers write it all the same, and every verifier accepts that.
  if (flag !== undefined && flag.end - flag.body !== 1) throw new DerError('has a boolean that is none')
  const critical = flag !== undefined && der[flag.body] !== 0
  const wrapped = flag === undefined ? second : third
  if (wrapped?.tag !== 0x04 || wrapped.end !== value.end) throw new DerError('has an extension without a value')
  return { oid, critical, value: wrapped }
}

type Range = Extension['value']

function read<T>(der: Uint8Array, extension: Extension | undefined, reader: (der: Uint8Array, value: Range) => T): T | undefined {
  return extension === undefined ? undefined : reader(der, extension.value)
}

function whole(der: Uint8Array, range: Range, tag: number): DerValue {
  const value = expectValue(der, range.body, range.end, tag, 'value of an extension')
  if (value.end !== range.end) throw new DerError('has bytes behind an extension')
  return value
}

function bytesOf(der: Uint8Array, range: Range, tag: number): Uint8Array {
  return bodyOf(der, whole(der, range, tag))
}

function readBasicConstraints(der: Uint8Array, range: Range): { isAuthority: boolean; pathLength?: number } {
  const [first, second] = readValues(der, whole(der, range, 0x30), 2)
  const isAuthority = first?.tag === 0x01 && der[first.body] !== 0 && first.end - first.body === 1
  const length = first?.tag === 0x02 ? first : second
  if (length === undefined) return { isAuthority }
  if (length.tag !== 0x02 || length.end - length.body !== 1 || (der[length.body] ?? 0x80) >= 0x80) throw new DerError('has a path length that is none')
  return { isAuthority, pathLength: der[length.body] ?? 0 }
}

function readAuthorityKeyId(der: Uint8Array, range: Range): Uint8Array | undefined {
  const id = readValues(der, whole(der, range, 0x30), 3).find(({ tag }) => tag === 0x80)
  return id === undefined ? undefined : bodyOf(der, id)
}

function readKeyUsage(der: Uint8Array, range: Range, critical: boolean): KeyUsage {
  const [unused = 8, first = 0] = bytesOf(der, range, 0x03)
  if (unused > 7) throw new DerError('has a key usage that is none')
  return { critical, digitalSignature: (first & 0x80) !== 0, keyCertSign: (first & 0x04) !== 0, crlSign: (first & 0x02) !== 0 }
}

function readPurposes(der: Uint8Array, range: Range): readonly string[] {
  return readValues(der, whole(der, range, 0x30), PURPOSES_MAX).map((value) => readObjectIdentifier(der, value))
}

/** The names of a SAN extension that are of interest here; others (directory names, e-mail) may be present and are passed over. */
function readNames(der: Uint8Array, range: Range): Pick<CertificateExtensions, 'uris' | 'dnsNames' | 'ipAddresses'> {
  const uris: string[] = []
  const dnsNames: string[] = []
  const ipAddresses: Uint8Array[] = []
  for (const value of readValues(der, whole(der, range, 0x30), NAMES_MAX)) {
    const bytes = bodyOf(der, value)
    if (value.tag === GENERAL_NAME.uri) uris.push(ia5(bytes))
    if (value.tag === GENERAL_NAME.dns) dnsNames.push(ia5(bytes))
    if (value.tag === GENERAL_NAME.ip) ipAddresses.push(bytes)
  }
  return { uris, dnsNames, ipAddresses }
}

function ia5(bytes: Uint8Array): string {
  if (bytes.some((byte) => byte >= 0x80)) throw new DerError('has a name that is not ASCII')
  return Buffer.from(bytes).toString('latin1')
}

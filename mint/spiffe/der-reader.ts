import { Buffer } from 'node:buffer'

/** Where a value of DER lies within its document. */
export interface DerValue {
  readonly tag: number
  /** Offsets: of the tag, of the first byte of the body, behind the body. */
  readonly start: number
  readonly body: number
  readonly end: number
}

/** Foreign bytes that are not the DER that was expected. Thrown inside the readers of this library only; their doors turn it into a refusal. */
export class DerError extends Error {
  override readonly name = 'DerError'
}

/**
 * Reads the value at an offset: one byte of tag, shortest definite length, body within `limit`.
 *
 * @throws DerError
 */
export function readValue(document: Uint8Array, offset: number, limit: number): DerValue {
  const tag = document[offset]
  const first = document[offset + 1]
  if (offset + 2 > limit || tag === undefined || first === undefined) throw new DerError('ends early')
  if ((tag & 0x1f) === 0x1f) throw new DerError('has a tag of several bytes')
  let body = offset + 2
  let length = first
  if (first >= 0x80) {
    const octets = first - 0x80
    if (octets === 0) throw new DerError('has a value of indefinite length')
    if (octets > 3) throw new DerError('has a value of more than 16 MiB')
    if (body + octets > limit) throw new DerError('ends early')
    length = 0
    for (let index = 0; index < octets; index += 1) length = length * 256 + (document[body + index] ?? 0)
    if (length < 0x80 || length < 2 ** (8 * (octets - 1))) throw new DerError('has a length that is not in the shortest form')
    body += octets
  }
  if (body + length > limit) throw new DerError('ends early')
  return { tag, start: offset, body, end: body + length }
}

/** Reads the value at an offset and demands its tag. @throws DerError */
export function expectValue(document: Uint8Array, offset: number, limit: number, tag: number, what: string): DerValue {
  const value = readValue(document, offset, limit)
  if (value.tag !== tag) throw new DerError(`has no ${what} where one belongs`)
  return value
}

/** All values of a body, in order. @throws DerError when there are more than `countMax` */
export function readValues(document: Uint8Array, from: { readonly body: number; readonly end: number }, countMax: number): DerValue[] {
  const values: DerValue[] = []
  for (let offset = from.body; offset < from.end;) {
    if (values.length === countMax) throw new DerError(`has a list of more than ${countMax} elements`)
    const value = readValue(document, offset, from.end)
    values.push(value)
    offset = value.end
  }
  return values
}

/** The body as bytes over the same memory. */
export function bodyOf(document: Uint8Array, value: DerValue): Uint8Array {
  return document.subarray(value.body, value.end)
}

/** The whole value, tag and length included, as bytes over the same memory. */
export function wholeOf(document: Uint8Array, value: DerValue): Uint8Array {
  return document.subarray(value.start, value.end)
}

/** The bytes of a BIT STRING that has no unused bits, as keys and signatures have none. @throws DerError */
export function readBits(document: Uint8Array, value: DerValue): Uint8Array {
  if (value.tag !== 0x03 || value.end === value.body || document[value.body] !== 0) throw new DerError('has bits that are no whole bytes')
  return document.subarray(value.body + 1, value.end)
}

/** An OBJECT IDENTIFIER as dotted text. @throws DerError */
export function readObjectIdentifier(document: Uint8Array, value: DerValue): string {
  const bytes = bodyOf(document, value)
  if (value.tag !== 0x06 || bytes.length === 0 || bytes.length > 64 || (bytes[bytes.length - 1] ?? 0x80) >= 0x80) {
    throw new DerError('has an object identifier that is none')
  }
  const arcs: number[] = []
  let arc = 0
  for (const byte of bytes) {
    arc = arc * 128 + (byte & 0x7f)
    if (arc > Number.MAX_SAFE_INTEGER / 128) throw new DerError('has an object identifier that is none')
    if (byte >= 0x80) continue
    arcs.push(arc)
    arc = 0
  }
  const [head = 0, ...rest] = arcs
  const first = Math.min(2, Math.floor(head / 40))
  return [first, head - first * 40, ...rest].join('.')
}

/** A UTCTime or GeneralizedTime with seconds and `Z` (RFC 5280 section 4.1.2.5). @throws DerError */
export function readTime(document: Uint8Array, value: DerValue): Date {
  const text = Buffer.from(bodyOf(document, value)).toString('latin1')
  const match = value.tag === 0x17 ? /^(\d{2})(\d{10})Z$/.exec(text) : value.tag === 0x18 ? /^(\d{4})(\d{10})Z$/.exec(text) : null
  const [, yearDigits, rest] = match ?? []
  if (yearDigits === undefined || rest === undefined) throw new DerError('has a time that is none')
  const century = yearDigits.length === 4 ? '' : Number(yearDigits) < 50 ? '20' : '19'
  const parts = rest.match(/\d{2}/g) ?? []
  const iso = `${century}${yearDigits}-${parts[0]}-${parts[1]}T${parts[2]}:${parts[3]}:${parts[4]}.000Z`
  const date = new Date(iso)
  // A day such as February 30th moves to March in some forms: only a date that reads back as written is one.
  if (Number.isNaN(date.getTime()) || date.toISOString() !== iso) throw new DerError('has a time that is none')
  return date
}

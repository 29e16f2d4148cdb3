import { Buffer } from 'node:buffer'
import { refuse, type Checked } from './checked.ts'
import { der, objectIdentifier, sequence, TAG } from './der-writer.ts'

/** One attribute of a certificate's subject, such as `{ type: 'O', value: 'Shop' }`; each becomes a relative name of its own, in the order given. */
export interface SubjectPart {
  readonly type: SubjectType
  readonly value: string
}

/** Names of the attributes that a subject may have (RFC 4514 section 3, RFC 5280 appendix A). */
export type SubjectType = 'C' | 'ST' | 'L' | 'O' | 'OU' | 'CN' | 'serialNumber' | 'DC' | 'UID'

/** A subject has at most so many attributes. */
export const SUBJECT_PARTS_MAX = 16

/** Object identifiers and upper bounds in characters (RFC 5280 appendix A.1; RFC 4519 for DC and UID). */
const TYPES: Readonly<Record<SubjectType, { readonly oid: string; readonly charactersMax: number }>> = {
  C: { oid: '2.5.4.6', charactersMax: 2 },
  ST: { oid: '2.5.4.8', charactersMax: 128 },
  L: { oid: '2.5.4.7', charactersMax: 128 },
  O: { oid: '2.5.4.10', charactersMax: 64 },
  OU: { oid: '2.5.4.11', charactersMax: 64 },
  CN: { oid: '2.5.4.3', charactersMax: 64 },
  serialNumber: { oid: '2.5.4.5', charactersMax: 64 },
  DC: { oid: '0.9.2342.19200300.100.1.25', charactersMax: 255 },
  UID: { oid: '0.9.2342.19200300.100.1.1', charactersMax: 256 },
}

const IA5_STRING = 0x16
const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]+$/
const IA5 = /^[\x20-\x7e]+$/

/** The empty Name: a leaf without a subject. */
export const EMPTY_NAME: Uint8Array = sequence()

/** Whether a subject can be written into a certificate: known types, bounded, no control characters. */
export function checkSubject(parts: readonly SubjectPart[]): Checked<{ parts: readonly SubjectPart[] }> {
  if (parts.length > SUBJECT_PARTS_MAX) return refuse(`a subject has at most ${SUBJECT_PARTS_MAX} attributes`)
  for (const { type, value } of parts) {
    if (!Object.hasOwn(TYPES, type)) return refuse(`a subject has no attribute of type "${type}"; known are ${Object.keys(TYPES).join(', ')}`)
    if (value === '') return refuse(`subject attribute ${type} is empty`)
    const { charactersMax } = TYPES[type]
    if (Array.from(value).length > charactersMax) return refuse(`subject attribute ${type} is longer than ${charactersMax} characters`)
    if (/[\x00-\x1f\x7f]/.test(value)) return refuse(`subject attribute ${type} has a control character`)
    if (!value.isWellFormed()) return refuse(`subject attribute ${type} is not well-formed text`)
    if (type === 'C' && !/^[A-Za-z]{2}$/.test(value)) return refuse('subject attribute C is not a country code of two letters')
    if (type === 'serialNumber' && !PRINTABLE.test(value)) return refuse('subject attribute serialNumber is not a PrintableString')
    if (type === 'DC' && !IA5.test(value)) return refuse('subject attribute DC is not ASCII')
  }
  return { ok: true, parts }
}

/**
 * A Name with one relative name per part.
 *
 * @throws RangeError when {@link checkSubject} would refuse it
 */
export function encodeName(parts: readonly SubjectPart[]): Uint8Array {
  if (parts.length === 0) return EMPTY_NAME
  const checked = checkSubject(parts)
  if (!checked.ok) throw new RangeError(`The subject cannot be written: ${checked.reason}.`)
  return sequence(...parts.map(({ type, value }) => der(TAG.set, sequence(objectIdentifier(TYPES[type].oid), encodeValue(type, value)))))
}

function encodeValue(type: SubjectType, value: string): Uint8Array {
  // RFC 5280 appendix A.1 fixes the string type of these three; UTF8String is right for all others.
  const tag = type === 'DC' ? IA5_STRING : type === 'C' || type === 'serialNumber' ? TAG.printableString : TAG.utf8String
  return der(tag, Buffer.from(value, 'utf8'))
}

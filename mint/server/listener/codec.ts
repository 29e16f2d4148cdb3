import { CODES } from '../failure.ts'
import type { JwtAnswer, X509Answer } from '../issuance/answer.ts'
import type { JwtWant, Unreadable, X509Want } from '../issuance/want.ts'
import { SERVER_LIMITS } from '../limits.ts'
import { ProtobufReader, ProtobufWriter, type KnownTexts } from './protobuf.ts'

// The messages of batches, read and written by hand: with the general library they cost as much as all of issuance but the signature.
// Field numbers are those of contract/grpc/proto/mintmark/agent/v1/agent.proto; a test holds both against each other.

/** IssueX509Request as what is wanted. @throws RangeError for bytes that are no message */
export function readX509Request(bytes: Buffer): readonly (X509Want | Unreadable)[] {
  return readItems(bytes, readX509Item)
}

/** IssueJwtRequest as what is wanted. @throws RangeError for bytes that are no message */
export function readJwtRequest(bytes: Buffer): readonly (JwtWant | Unreadable)[] {
  return readItems(bytes, readJwtItem)
}

function readItems<Want>(bytes: Buffer, readItem: (reader: ProtobufReader, end: number, names: KnownTexts) => Want): readonly Want[] {
  const reader = new ProtobufReader(bytes)
  const names: KnownTexts = { starts: [], lengths: [], texts: [] }
  const items: Want[] = []
  while (reader.at < bytes.length) {
    const tag = reader.varint()
    if (tag === 0x0a) items.push(readItem(reader, reader.end(bytes.length), names))
    else reader.skip(tag, bytes.length)
  }
  return items
}

function readX509Item(reader: ProtobufReader, end: number, names: KnownTexts): X509Want | Unreadable {
  const attributes = new Map<string, string>()
  let problem: string | undefined
  let publicKey: Uint8Array | undefined
  let csr: Uint8Array | undefined
  while (reader.at < end) {
    const tag = reader.varint()
    if (tag === 0x0a) problem = readAttribute(reader, reader.end(end), attributes, names) ?? problem
    else if (tag === 0x12) [publicKey, csr] = [reader.bytes(end), undefined]
    else if (tag === 0x1a) [publicKey, csr] = [undefined, reader.bytes(end)]
    else reader.skip(tag, end)
  }
  if (problem !== undefined) return { reason: problem }
  if (publicKey !== undefined) return { attributes, publicKey }
  return csr === undefined ? { attributes } : { attributes, csr }
}

function readJwtItem(reader: ProtobufReader, end: number, names: KnownTexts): JwtWant | Unreadable {
  const attributes = new Map<string, string>()
  const audience: string[] = []
  let spiffeId = ''
  let problem: string | undefined
  while (reader.at < end) {
    const tag = reader.varint()
    if (tag === 0x0a) problem = readAttribute(reader, reader.end(end), attributes, names) ?? problem
    else if (tag === 0x12) audience.push(reader.text(end))
    else if (tag === 0x1a) spiffeId = reader.text(end)
    else reader.skip(tag, end)
  }
  return problem === undefined ? { attributes, audience, spiffeId } : { reason: problem }
}

/** @returns which limit it breaks */
function readAttribute(reader: ProtobufReader, end: number, attributes: Map<string, string>, names: KnownTexts): string | undefined {
  let name = ''
  let value = ''
  while (reader.at < end) {
    const tag = reader.varint()
    if (tag === 0x0a) name = reader.repeatedText(end, names, attributes.size)
    else if (tag === 0x12) value = reader.text(end)
    else reader.skip(tag, end)
  }
  const size = attributes.size
  attributes.set(name, value)
  return problemOfAttribute(name, value, attributes.size === size, attributes.size)
}

/** Which limit an attribute breaks. */
export function problemOfAttribute(name: string, value: string, isTwice: boolean, count: number): string | undefined {
  const { attributesMax, attributeNameBytesMax, attributeValueBytesMax } = SERVER_LIMITS
  if (isTwice) return 'An attribute is there twice.'
  if (count > attributesMax) return `A workload has at most ${attributesMax} attributes.`
  const isLong = name.length > attributeNameBytesMax || value.length > attributeValueBytesMax
  return isLong ? `An attribute's name has at most ${attributeNameBytesMax} and its value ${attributeValueBytesMax} characters.` : undefined
}

/** IssueX509Response. */
export function writeX509Response(answers: readonly X509Answer[]): Buffer {
  const writer = new ProtobufWriter()
  for (const answer of answers) {
    const result = writer.open(0x0a)
    if (answer.code === CODES.ok) {
      for (const { id, hint, certificates } of answer.svids) {
        const svid = writer.open(0x1a)
        writer.text(0x0a, id)
        for (const certificate of certificates) writer.bytes(0x12, certificate)
        writer.text(0x1a, hint)
        writer.number(0x20, answer.issuedAtSeconds)
        writer.number(0x28, answer.expiresAtSeconds)
        writer.close(svid)
      }
    } else writeRefusal(writer, answer)
    writer.close(result)
  }
  return writer.finish()
}

/** IssueJwtResponse. */
export function writeJwtResponse(answers: readonly JwtAnswer[]): Buffer {
  const writer = new ProtobufWriter()
  for (const answer of answers) {
    const result = writer.open(0x0a)
    if (answer.code === CODES.ok) {
      for (const { id, hint, token } of answer.svids) {
        const svid = writer.open(0x1a)
        writer.text(0x0a, id)
        writer.text(0x12, token)
        writer.text(0x1a, hint)
        writer.number(0x20, answer.issuedAtSeconds)
        writer.number(0x28, answer.expiresAtSeconds)
        writer.text(0x32, answer.keyId)
        writer.close(svid)
      }
    } else writeRefusal(writer, answer)
    writer.close(result)
  }
  return writer.finish()
}

function writeRefusal(writer: ProtobufWriter, { code, message }: { readonly code: number; readonly message: string }): void {
  writer.number(0x08, code)
  writer.text(0x12, message)
}

import { CODES } from '../failure.ts'
import type { JwtAnswer, X509Answer } from '../issuance/answer.ts'
import { SentAttributes } from '../issuance/sent-attributes.ts'
import type { JwtWant, Unreadable, X509Want } from '../issuance/want.ts'
import { ProtobufReader, ProtobufWriter } from './protobuf.ts'

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

function readItems<Want>(bytes: Buffer, readItem: (reader: ProtobufReader, end: number, sent: SentAttributes) => Want): readonly Want[] {
  const reader = new ProtobufReader(bytes)
  const sent = new SentAttributes(bytes)
  const items: Want[] = []
  while (reader.at < bytes.length) {
    const tag = reader.varint()
    if (tag === 0x0a) items.push(readItem(reader, reader.end(bytes.length), sent))
    else reader.skip(tag, bytes.length)
  }
  return items
}

function readX509Item(reader: ProtobufReader, end: number, sent: SentAttributes): X509Want | Unreadable {
  let publicKey: Uint8Array | undefined
  let csr: Uint8Array | undefined
  sent.begin()
  while (reader.at < end) {
    const tag = reader.varint()
    if (tag === 0x0a) readAttribute(reader, reader.end(end), sent)
    else if (tag === 0x12) [publicKey, csr] = [reader.bytes(end), undefined]
    else if (tag === 0x1a) [publicKey, csr] = [undefined, reader.bytes(end)]
    else reader.skip(tag, end)
  }
  const attributes = sent.end()
  if ('reason' in attributes) return attributes
  if (publicKey !== undefined) return { attributes, publicKey }
  return csr === undefined ? { attributes } : { attributes, csr }
}

function readJwtItem(reader: ProtobufReader, end: number, sent: SentAttributes): JwtWant | Unreadable {
  const audience: string[] = []
  let spiffeId = ''
  sent.begin()
  while (reader.at < end) {
    const tag = reader.varint()
    if (tag === 0x0a) readAttribute(reader, reader.end(end), sent)
    else if (tag === 0x12) audience.push(reader.text(end))
    else if (tag === 0x1a) spiffeId = reader.text(end)
    else reader.skip(tag, end)
  }
  const attributes = sent.end()
  return 'reason' in attributes ? attributes : { attributes, audience, spiffeId }
}

function readAttribute(reader: ProtobufReader, end: number, sent: SentAttributes): void {
  let nameStart = 0
  let nameEnd = 0
  let valueStart = 0
  let valueEnd = 0
  while (reader.at < end) {
    const tag = reader.varint()
    if (tag === 0x0a) {
      nameEnd = reader.end(end)
      nameStart = reader.at
      reader.at = nameEnd
    } else if (tag === 0x12) {
      valueEnd = reader.end(end)
      valueStart = reader.at
      reader.at = valueEnd
    } else reader.skip(tag, end)
  }
  sent.add(nameStart, nameEnd, valueStart, valueEnd)
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

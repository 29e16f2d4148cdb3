import { create } from '@bufbuild/protobuf'
import { agentApi } from '@mintmark/contract/grpc'
import { CODES } from '../failure.ts'
import type { JwtAnswer, X509Answer } from '../issuance/answer.ts'
import type { JwtWant, Unreadable, X509Want } from '../issuance/want.ts'

// The messages of batches by the general library: what the codec, which is written by hand, is held against.

/** With attributes as a map. */
type Plain<Want> = Omit<Want, 'attributes'> & { readonly attributes: ReadonlyMap<string, string> }

/** What an agent wants for one workload. */
export function readX509Item({ attributes: sent, key }: agentApi.X509Item): Plain<X509Want> | Unreadable {
  const read = readAttributes(sent)
  if ('reason' in read) return read
  if (key.case === 'publicKey') return { ...read, publicKey: key.value }
  return key.case === 'csr' ? { ...read, csr: key.value } : read
}

/** What an agent wants for one workload. */
export function readJwtItem({ attributes: sent, audience, spiffeId }: agentApi.JwtItem): Plain<JwtWant> | Unreadable {
  const read = readAttributes(sent)
  return 'reason' in read ? read : { ...read, audience, spiffeId }
}

function readAttributes(sent: readonly { readonly name: string; readonly value: string }[]): { readonly attributes: ReadonlyMap<string, string> } | Unreadable {
  const attributes = new Map(sent.map(({ name, value }) => [name, value]))
  return attributes.size < sent.length ? { reason: 'An attribute is there twice.' } : { attributes }
}

/** The answer as the contract has it. */
export function writeX509Result(answer: X509Answer): agentApi.X509Result {
  if (answer.code !== CODES.ok) return create(agentApi.X509ResultSchema, answer)
  const times = { notBeforeUnixSeconds: BigInt(answer.issuedAtSeconds), notAfterUnixSeconds: BigInt(answer.expiresAtSeconds) }
  return create(agentApi.X509ResultSchema, {
    code: CODES.ok,
    svids: answer.svids.map(({ id, hint, certificates }) => ({ spiffeId: id, hint, certificates: [...certificates], ...times })),
  })
}

/** The answer as the contract has it. */
export function writeJwtResult(answer: JwtAnswer): agentApi.JwtResult {
  if (answer.code !== CODES.ok) return create(agentApi.JwtResultSchema, answer)
  const shared = {
    issuedAtUnixSeconds: BigInt(answer.issuedAtSeconds),
    expiresAtUnixSeconds: BigInt(answer.expiresAtSeconds),
    keyId: answer.keyId,
  }
  return create(agentApi.JwtResultSchema, { code: CODES.ok, svids: answer.svids.map(({ id, hint, token }) => ({ spiffeId: id, hint, token, ...shared })) })
}

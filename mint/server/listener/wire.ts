import { create } from '@bufbuild/protobuf'
import { agentApi } from '@mintmark/contract/grpc'
import { CODES } from '../failure.ts'
import type { JwtAnswer, X509Answer } from '../issuance/answer.ts'
import { readAttributes, type JwtWant, type X509Want } from '../issuance/want.ts'

/** A workload of a batch, or why it cannot be read; the others are not touched by it. */
type Read<Want> = { readonly want: Want } | { readonly reason: string }

/** What an agent wants for one workload. */
export function readX509Item(item: agentApi.X509Item): Read<X509Want> {
  const read = readAttributes(item.attributes)
  if (!read.ok) return read
  const { attributes } = read
  if (item.key.case === 'publicKey') return { want: { attributes, publicKey: item.key.value } }
  return { want: item.key.case === 'csr' ? { attributes, csr: item.key.value } : { attributes } }
}

/** What an agent wants for one workload. */
export function readJwtItem(item: agentApi.JwtItem): Read<JwtWant> {
  const read = readAttributes(item.attributes)
  return read.ok ? { want: { attributes: read.attributes, audience: item.audience, spiffeId: item.spiffeId } } : read
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
  const shared = { issuedAtUnixSeconds: BigInt(answer.issuedAtSeconds), expiresAtUnixSeconds: BigInt(answer.expiresAtSeconds), keyId: answer.keyId }
  return create(agentApi.JwtResultSchema, { code: CODES.ok, svids: answer.svids.map(({ id, hint, token }) => ({ spiffeId: id, hint, token, ...shared })) })
}

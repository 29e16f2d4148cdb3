import { SERVER_LIMITS } from '../limits.ts'

/** A workload that wants X.509-SVIDs, as the agent has attested it. */
export interface X509Want {
  /** Ours alone: the server adds what it knows itself. */
  readonly attributes: Map<string, string>
  readonly publicKey?: Uint8Array
  readonly csr?: Uint8Array
}

/** A workload that wants JWT-SVIDs. */
export interface JwtWant {
  readonly attributes: Map<string, string>
  readonly audience: readonly string[]
  /** Empty: every identity of the workload. */
  readonly spiffeId: string
}

/** Reads attributes off the wire into a map of one's own, or says which limit they break. */
export function readAttributes(
  sent: readonly { readonly name: string; readonly value: string }[],
): { readonly ok: true; readonly attributes: Map<string, string> } | { readonly ok: false; readonly reason: string } {
  const attributes = new Map<string, string>()
  if (sent.length > SERVER_LIMITS.attributesMax) return { ok: false, reason: `A workload has at most ${SERVER_LIMITS.attributesMax} attributes.` }
  for (const { name, value } of sent) {
    if (name.length > SERVER_LIMITS.attributeNameBytesMax || value.length > SERVER_LIMITS.attributeValueBytesMax) {
      return {
        ok: false,
        reason: `An attribute's name has at most ${SERVER_LIMITS.attributeNameBytesMax} and its value ${SERVER_LIMITS.attributeValueBytesMax} characters.`,
      }
    }
    if (attributes.has(name)) return { ok: false, reason: 'An attribute is there twice.' }
    attributes.set(name, value)
  }
  return { ok: true, attributes }
}

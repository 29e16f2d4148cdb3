import { create } from '@bufbuild/protobuf'
import { status } from './status.ts'
import { agentApi } from '@mintmark/contract/grpc'
import { readPublicKey, signJwtSvid, spiffeId, writeLeaf, type SpiffeId, type TrustDomain } from '@mintmark/spiffe'
import type { TestKeyset } from './testing-keyset.ts'

/** What the fake answers to one workload: identities, or a refusal. */
export type Policy = (
  attributes: ReadonlyMap<string, string>,
) => readonly { readonly path: string; readonly hint?: string }[] | { readonly code: status; readonly message: string }

/** Issues what the policy says, with real keys. */
export interface TestIssuer {
  readonly issueX509: (item: agentApi.X509Item) => Promise<agentApi.X509Result>
  readonly issueJwt: (item: agentApi.JwtItem) => Promise<agentApi.JwtResult>
}

/** An issuer whose policy, keyset and lifetime are asked for at each item. */
export function createTestIssuer(parts: {
  readonly trustDomain: TrustDomain
  readonly now: () => number
  readonly keyset: () => TestKeyset
  readonly policy: () => Policy
  readonly ttlSeconds: () => number
}): TestIssuer {
  const { now } = parts
  function decide(attributes: readonly agentApi.Attribute[]): ReturnType<Policy> {
    if (attributes.length === 0) return { code: status.INVALID_ARGUMENT, message: 'A workload without attributes.' }
    return parts.policy()(new Map(attributes.map(({ name, value }) => [name, value])))
  }
  function idOf(path: string): SpiffeId {
    const made = spiffeId(parts.trustDomain, path)
    if (!made.ok) throw new Error(made.reason)
    return made.id
  }
  return {
    async issueX509(item) {
      const decision = decide(item.attributes)
      if ('code' in decision) return create(agentApi.X509ResultSchema, decision)
      if (item.key.case !== 'publicKey' || !readPublicKey(item.key.value).ok)
        return create(agentApi.X509ResultSchema, { code: status.INVALID_ARGUMENT, message: 'No usable key.' })
      const publicKey = item.key.value
      const notBefore = now() - 60_000
      const notAfter = now() + parts.ttlSeconds() * 1000
      const { issuer, serial } = parts.keyset()
      const svids = await Promise.all(
        decision.map(async ({ path, hint }) => {
          const id = idOf(path)
          const leaf = await writeLeaf(issuer, { id, publicKey, serial: serial(), notBefore: new Date(notBefore), notAfter: new Date(notAfter) })
          return { spiffeId: id, certificates: [leaf], hint: hint ?? '', notBeforeUnixSeconds: seconds(notBefore), notAfterUnixSeconds: seconds(notAfter) }
        }),
      )
      return create(agentApi.X509ResultSchema, { svids })
    },
    async issueJwt(item) {
      const decision = decide(item.attributes)
      if ('code' in decision) return create(agentApi.JwtResultSchema, decision)
      const chosen = decision.map(({ path, hint }) => ({ id: idOf(path), hint })).filter(({ id }) => item.spiffeId === '' || id === item.spiffeId)
      if (chosen.length === 0) return create(agentApi.JwtResultSchema, { code: status.PERMISSION_DENIED, message: 'Not entitled.' })
      const { signer, jwtAuthority } = parts.keyset()
      const issuedAt = now()
      const expiresAt = issuedAt + parts.ttlSeconds() * 1000
      const svids = await Promise.all(
        chosen.map(async ({ id, hint }) => ({
          spiffeId: id,
          token: await signJwtSvid({
            id,
            audience: item.audience,
            issuedAt: new Date(issuedAt),
            expiresAt: new Date(expiresAt),
            keyId: jwtAuthority.keyId,
            signer,
          }),
          hint: hint ?? '',
          issuedAtUnixSeconds: seconds(issuedAt),
          expiresAtUnixSeconds: seconds(expiresAt),
          keyId: jwtAuthority.keyId,
        })),
      )
      return create(agentApi.JwtResultSchema, { svids })
    },
  }
}

function seconds(ms: number): bigint {
  return BigInt(Math.floor(ms / 1000))
}

import { createHash } from 'node:crypto'
import { jwkParametersOf, randomSerial, writeAuthority, type Signer, type SubjectPart, type TrustDomain } from '@mintmark/spiffe'
import { newKeysetId } from './ids.ts'
import type { KeyManager, KeyPurpose } from './keys/model.ts'
import type { KeyReference, KeysetRecord } from './ports.ts'
import { AUTHORITY_LIMITS, type AuthoritySettings } from './settings.ts'
import type { UpstreamAuthority } from './upstream/model.ts'

/** What a keyset is made from. */
export interface KeysetMaterials {
  readonly trustDomain: TrustDomain
  readonly keys: KeyManager
  readonly settings: AuthoritySettings
  readonly upstream?: UpstreamAuthority
}

/** Characters that a common name may have (RFC 5280 appendix A.1). */
const COMMON_NAME_CHARACTERS_MAX = 64
/** Bytes of the digest that names a token key. */
const KEY_ID_BYTES = 16

/** Makes the keys and the issuing certificate of a new keyset. It is stored nowhere yet; what does not get stored is forgotten with {@link forgetKeys}. */
export async function createKeyset({ trustDomain, keys, settings, upstream }: KeysetMaterials, now: Date): Promise<KeysetRecord> {
  const id = newKeysetId(now)
  const x509 = await keys.create({ trustDomain, keysetId: id, use: 'x509' }, settings.x509KeyType)
  const { chain, notAfter } = await certify({ trustDomain, settings, upstream, signer: x509.signer, id, now })
  const jwt: KeysetRecord['jwt'][number][] = []
  for (const algorithm of settings.jwtAlgorithms) {
    const purpose: KeyPurpose = { trustDomain, keysetId: id, use: useOf(algorithm) }
    const { reference, signer } = await keys.create(purpose, algorithm === 'ES256' ? 'ec-p256' : 'rsa-2048')
    jwt.push({ keyId: keyIdOf(signer), algorithm, publicKey: jwkParametersOf(signer.publicKey), key: reference })
  }
  return {
    id,
    state: 'PREPARED',
    createdAt: now.toISOString(),
    notAfter: notAfter.toISOString(),
    x509: { chain: chain.map((each) => Buffer.from(each).toString('base64')), key: x509.reference },
    jwt,
  }
}

/** Private keys of a keyset with what each is for, in the order x509, tokens. */
export function keysOf(trustDomain: TrustDomain, keyset: KeysetRecord): readonly { readonly reference: KeyReference; readonly purpose: KeyPurpose }[] {
  return [
    { reference: keyset.x509.key, purpose: { trustDomain, keysetId: keyset.id, use: 'x509' } },
    ...keyset.jwt.map(({ key, algorithm }) => ({ reference: key, purpose: { trustDomain, keysetId: keyset.id, use: useOf(algorithm) } as const })),
  ]
}

/** Destroys the private keys of a keyset that is not, or no longer, stored. */
export async function forgetKeys({ trustDomain, keys }: Pick<KeysetMaterials, 'trustDomain' | 'keys'>, keyset: KeysetRecord): Promise<void> {
  for (const { reference, purpose } of keysOf(trustDomain, keyset)) await keys.remove(reference, purpose)
}

/** Seals the private keys of a keyset under the newest master key. @returns the same record when nothing had to change in it */
export async function resealKeys({ trustDomain, keys }: Pick<KeysetMaterials, 'trustDomain' | 'keys'>, keyset: KeysetRecord): Promise<KeysetRecord> {
  if (keys.reseal === undefined) return keyset
  const references: KeyReference[] = []
  for (const { reference, purpose } of keysOf(trustDomain, keyset)) references.push(await keys.reseal(reference, purpose))
  const [x509 = keyset.x509.key, ...jwt] = references
  const isSame = x509 === keyset.x509.key && keyset.jwt.every((each, index) => each.key === jwt[index])
  if (isSame) return keyset
  return { ...keyset, x509: { ...keyset.x509, key: x509 }, jwt: keyset.jwt.map((each, index) => ({ ...each, key: jwt[index] ?? each.key })) }
}

/** What a token key is for. */
function useOf(algorithm: 'ES256' | 'RS256'): 'jwt-es256' | 'jwt-rs256' {
  return algorithm === 'ES256' ? 'jwt-es256' : 'jwt-rs256'
}

interface Certification {
  readonly trustDomain: TrustDomain
  readonly settings: AuthoritySettings
  readonly upstream: UpstreamAuthority | undefined
  readonly signer: Signer
  readonly id: string
  readonly now: Date
}

async function certify({ trustDomain, settings, upstream, signer, id, now }: Certification): Promise<{ chain: readonly Uint8Array[]; notAfter: Date }> {
  const wanted = wholeSeconds(now.getTime() + settings.keysetLifetimeSeconds * 1_000)
  const request = {
    trustDomain,
    publicKey: signer.publicKey,
    serial: randomSerial(),
    notBefore: wholeSeconds(now.getTime() - AUTHORITY_LIMITS.backdateSeconds * 1_000),
    subject: uniqueSubject(trustDomain, id),
  }
  if (upstream === undefined) {
    const certificate = await writeAuthority({ ...request, notAfter: wanted, pathLength: 0, signer })
    return { chain: [certificate], notAfter: wanted }
  }
  const parent = await upstream.current()
  const notAfter = new Date(Math.min(wanted.getTime(), parent.notAfter.getTime()))
  return { chain: await upstream.issue({ ...request, notAfter }), notAfter }
}

/** No two authorities share a name, because clients build paths by name and give up when too many have the same one (checklist item 12). */
function uniqueSubject(trustDomain: TrustDomain, keysetId: string): readonly SubjectPart[] {
  const named: readonly SubjectPart[] = trustDomain.length <= COMMON_NAME_CHARACTERS_MAX ? [{ type: 'CN', value: trustDomain }] : []
  // A PrintableString holds no underscore.
  return [{ type: 'O', value: 'Mintmark' }, ...named, { type: 'serialNumber', value: keysetId.slice('ks_'.length) }]
}

/** Certificates count in whole seconds. */
function wholeSeconds(ms: number): Date {
  return new Date(Math.floor(ms / 1_000) * 1_000)
}

/** Named after the key itself, so that no two keys share a `kid`. */
function keyIdOf(signer: Signer): string {
  return createHash('sha256').update(signer.publicKey).digest().subarray(0, KEY_ID_BYTES).toString('base64url')
}

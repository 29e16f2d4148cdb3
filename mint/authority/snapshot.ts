import { readCertificate, type Bundle, type JwtAuthority, type Signer, type TrustDomain } from '@mintmark/spiffe'
import { AuthorityError } from './errors.ts'
import { keysOf } from './keyset.ts'
import { activeOf } from './keysets.ts'
import type { KeyManager } from './keys/model.ts'
import type { AuthoritySnapshot, JwtSigningKey } from './model.ts'
import type { KeysetRecord, KeysetsSnapshot } from './ports.ts'
import { guaranteedTtlSeconds } from './rotation.ts'

/** Signers of one keyset, in the order of {@link keysOf}. */
export type KeysetSigners = readonly Signer[]

/** Opens the private keys of a keyset, and checks that they are the ones its public parts speak of. */
export async function openSigners(trustDomain: TrustDomain, keys: KeyManager, keyset: KeysetRecord): Promise<KeysetSigners> {
  const signers: Signer[] = []
  for (const { reference, purpose } of keysOf(trustDomain, keyset)) signers.push(await keys.open(reference, purpose))
  const [x509] = signers
  if (x509 === undefined || Buffer.compare(x509.publicKey, issuingCertificate(keyset).publicKey) !== 0) {
    throw new AuthorityError(
      'key-unavailable',
      `The issuing key of keyset ${keyset.id} does not belong to its certificate`,
      'The store and the keys come from different backups: restore both from one, or prepare and activate a new keyset.',
    )
  }
  return signers
}

/** Everything that issuing and publishing needs, computed once per revision. */
export function composeSnapshot(
  trustDomain: TrustDomain,
  set: KeysetsSnapshot,
  signing: { readonly keyset: KeysetRecord; readonly signers: KeysetSigners },
  refreshHintSeconds: number,
): AuthoritySnapshot {
  const { keyset } = signing
  const [x509Signer, ...jwtSigners] = signing.signers
  if (x509Signer === undefined) throw new RangeError('A keyset has an issuing key')
  const notAfter = new Date(keyset.notAfter)
  const chain = keyset.x509.chain.map(decode)
  const [certificate] = chain
  if (certificate === undefined) throw new RangeError('A keyset has an issuing certificate')
  const jwt = new Map<'ES256' | 'RS256', JwtSigningKey>()
  for (const [index, { algorithm, keyId }] of keyset.jwt.entries()) {
    const signer = jwtSigners[index]
    if (signer !== undefined) jwt.set(algorithm, { keyId, signer, notAfter })
  }
  const tainted = set.keysets.filter((each) => each.state === 'TAINTED')
  const sound = set.keysets.filter((each) => each.state !== 'TAINTED')
  return {
    revision: set.revision,
    bundle: composeBundle(trustDomain, set, refreshHintSeconds),
    keysetId: keyset.id,
    // All but the root travel with leaves; a keyset that is its own root sends nothing (checklist item 10).
    issuer: { signer: x509Signer, certificate, intermediates: chain.slice(0, -1) },
    issuerNotAfter: notAfter,
    guaranteedTtlSeconds: guaranteedTtlSeconds(keyset),
    jwt,
    issuingX509: sound.map((each) => issuingCertificate(each).subjectKeyId),
    taintedX509: tainted.map((each) => issuingCertificate(each).subjectKeyId),
    taintedJwt: tainted.flatMap((each) => each.jwt.map(({ keyId }) => keyId)),
  }
}

/** The keyset that signs. @throws AuthorityError when a store holds keysets of which none is active */
export function signingKeyset(set: KeysetsSnapshot): KeysetRecord {
  const active = activeOf(set.keysets)
  if (active !== undefined) return active
  throw new AuthorityError('keyset-state', 'None of the stored keysets is active', 'Restore the keysets from a backup of the database.')
}

function composeBundle(trustDomain: TrustDomain, set: KeysetsSnapshot, refreshHintSeconds: number): Bundle {
  // Keysets of one upstream share its root, which stands in the bundle once.
  const roots = new Set(set.keysets.flatMap((each) => each.x509.chain.slice(-1)))
  const jwtAuthorities: JwtAuthority[] = set.keysets.flatMap((each) => each.jwt.map(({ keyId, publicKey, algorithm }) => ({ keyId, publicKey, algorithm })))
  return { trustDomain, x509Authorities: [...roots].map(decode), jwtAuthorities, sequence: set.revision, refreshHintSeconds }
}

function issuingCertificate(keyset: KeysetRecord): { readonly publicKey: Uint8Array; readonly subjectKeyId: string } {
  const [first] = keyset.x509.chain
  const read = readCertificate(decode(first ?? ''))
  if (read.ok && read.subjectKeyId !== undefined) return { publicKey: read.publicKey, subjectKeyId: Buffer.from(read.subjectKeyId).toString('hex') }
  throw new AuthorityError(
    'key-unavailable',
    `The issuing certificate of keyset ${keyset.id} cannot be read: ${read.ok ? 'it has no subject key id' : read.reason}`,
    'Restore the keysets from a backup.',
  )
}

function decode(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64')
}

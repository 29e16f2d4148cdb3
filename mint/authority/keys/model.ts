import type { Signer, TrustDomain } from '@mintmark/spiffe'
import type { KeyReference } from '../ports.ts'

/** Kinds of key that a manager can make. */
export type KeyType = 'ec-p256' | 'ec-p384' | 'rsa-2048'

/** What a key is for. Managers bind keys to it, so that a key cannot be passed off as another one. */
export interface KeyPurpose {
  readonly trustDomain: TrustDomain
  readonly keysetId: string
  readonly use: 'x509' | 'jwt-es256' | 'jwt-rs256'
}

/**
 * Where private keys lie and sign. Memory, disk and sealed keys are ours; a cloud KMS or a PKCS#11 token fits behind the same door,
 * because a {@link Signer} may answer with a promise.
 */
export interface KeyManager {
  readonly name: KeyReference['manager']
  /** Makes a key that exists from now on, under a reference that is safe to store in clear. */
  create(purpose: KeyPurpose, type: KeyType): Promise<{ readonly reference: KeyReference; readonly signer: Signer }>
  /** @throws AuthorityError `key-unavailable` or `master-key` when the key cannot be had */
  open(reference: KeyReference, purpose: KeyPurpose): Promise<Signer>
  /** Forgets a key for good. A key that is gone already is no error. */
  remove(reference: KeyReference, purpose: KeyPurpose): Promise<void>
  /** Seals a key under the newest master key; answers the reference to store from now on, the same one when nothing had to change. Absent where nothing is sealed. */
  reseal?(reference: KeyReference, purpose: KeyPurpose): Promise<KeyReference>
}

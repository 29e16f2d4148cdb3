import { localSigner } from '@mintmark/spiffe'
import type { KeyReference } from '../ports.ts'
import { AuthorityError } from '../errors.ts'
import { generatePrivateKey } from './generate.ts'
import type { MasterKey } from './master-key.ts'
import type { KeyManager, KeyPurpose } from './model.ts'

/** Keys that lie in the keyset records themselves, sealed by the master key: whoever shares store and master key shares the keys. */
export function sealedKeys(master: MasterKey): KeyManager {
  return {
    name: 'sealed',
    async create(purpose, type) {
      const plain = await generatePrivateKey(type)
      try {
        return { reference: referTo(purpose, master.seal(plain, contextOf(purpose))), signer: localSigner(plain) }
      } finally {
        plain.fill(0)
      }
    },
    async open(reference, purpose) {
      const plain = master.open(sealedBytes(reference, purpose), contextOf(purpose))
      try {
        return localSigner(plain)
      } finally {
        plain.fill(0)
      }
    },
    // It ends with its record.
    async remove() {},
    async reseal(reference, purpose) {
      const sealed = sealedBytes(reference, purpose)
      if (master.isCurrent(sealed)) return reference
      const plain = master.open(sealed, contextOf(purpose))
      try {
        return referTo(purpose, master.seal(plain, contextOf(purpose)))
      } finally {
        plain.fill(0)
      }
    },
  }
}

/** What a sealed key is bound to. */
export function contextOf(purpose: KeyPurpose): readonly string[] {
  return [purpose.trustDomain, purpose.keysetId, purpose.use]
}

function referTo(purpose: KeyPurpose, sealed: Uint8Array): KeyReference {
  return { manager: 'sealed', handle: purpose.use, sealed: Buffer.from(sealed).toString('base64') }
}

function sealedBytes(reference: KeyReference, purpose: KeyPurpose): Buffer {
  if (reference.manager === 'sealed' && reference.sealed !== undefined) return Buffer.from(reference.sealed, 'base64')
  throw new AuthorityError(
    'key-unavailable',
    `The key ${purpose.use} of keyset ${purpose.keysetId} is kept by key manager "${reference.manager}", not in its record`,
    'Start with the key manager that made it, or prepare and activate a new keyset.',
  )
}

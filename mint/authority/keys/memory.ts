import { randomUUID } from 'node:crypto'
import { localSigner, type Signer } from '@mintmark/spiffe'
import { AuthorityError } from '../errors.ts'
import { generatePrivateKey } from './generate.ts'
import type { KeyManager } from './model.ts'

/** Keys that live and die with this process: for tests and for trials. A restart means new keys, and replicas cannot share them. */
export function memoryKeys(): KeyManager {
  const signers = new Map<string, Signer>()
  return {
    name: 'memory',
    async create(_purpose, type) {
      const signer = localSigner(await generatePrivateKey(type))
      const handle = randomUUID()
      signers.set(handle, signer)
      return { reference: { manager: 'memory', handle }, signer }
    },
    async open(reference, purpose) {
      const signer = reference.manager === 'memory' ? signers.get(reference.handle) : undefined
      if (signer !== undefined) return signer
      throw new AuthorityError(
        'key-unavailable',
        `The key ${purpose.use} of keyset ${purpose.keysetId} is not in this process's memory`,
        'Keys in memory end with their process and serve one replica only. Use sealed keys for several replicas or to survive a restart.',
      )
    },
    async remove(reference) {
      signers.delete(reference.handle)
    },
  }
}

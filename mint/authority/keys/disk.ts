import { mkdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { localSigner } from '@mintmark/spiffe'
import { AuthorityError } from '../errors.ts'
import { isKeysetId } from '../ids.ts'
import type { KeyReference } from '../ports.ts'
import { generatePrivateKey } from './generate.ts'
import type { MasterKey } from './master-key.ts'
import type { KeyManager, KeyPurpose } from './model.ts'
import { contextOf } from './sealed.ts'
import { replaceFile } from './secret-file.ts'

/** Keys as sealed files in a folder of this machine: one replica, or several that share the folder. */
export function diskKeys(folder: string, master: MasterKey): KeyManager {
  const fileOf = (purpose: KeyPurpose): string => path.join(folder, handleOf(purpose))
  async function read(reference: KeyReference, purpose: KeyPurpose): Promise<Buffer> {
    // The record comes out of a database: its handle is compared, never followed.
    if (reference.manager !== 'disk' || reference.handle !== handleOf(purpose)) throw missing(purpose, folder)
    return readFile(fileOf(purpose)).catch((cause: unknown) => {
      throw missing(purpose, folder, cause)
    })
  }
  return {
    name: 'disk',
    async create(purpose, type) {
      const plain = await generatePrivateKey(type)
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await replaceFile(fileOf(purpose), master.seal(plain, contextOf(purpose)))
        return { reference: { manager: 'disk', handle: handleOf(purpose) }, signer: localSigner(plain) }
      } finally {
        plain.fill(0)
      }
    },
    async open(reference, purpose) {
      const plain = master.open(await read(reference, purpose), contextOf(purpose))
      try {
        return localSigner(plain)
      } finally {
        plain.fill(0)
      }
    },
    async remove(reference, purpose) {
      if (reference.manager === 'disk') await rm(fileOf(purpose), { force: true })
    },
    async reseal(reference, purpose) {
      const sealed = await read(reference, purpose)
      if (master.isCurrent(sealed)) return reference
      const plain = master.open(sealed, contextOf(purpose))
      try {
        await replaceFile(fileOf(purpose), master.seal(plain, contextOf(purpose)))
        return reference
      } finally {
        plain.fill(0)
      }
    },
  }
}

function handleOf(purpose: KeyPurpose): string {
  if (!isKeysetId(purpose.keysetId)) throw new RangeError('A key file is named after the id of a keyset')
  return `${purpose.keysetId}.${purpose.use}.key`
}

function missing(purpose: KeyPurpose, folder: string, cause?: unknown): AuthorityError {
  return new AuthorityError(
    'key-unavailable',
    `The key ${purpose.use} of keyset ${purpose.keysetId} cannot be read from ${folder}`,
    'Mount the folder that holds it, or use sealed keys, which all replicas share through the database.',
    { cause },
  )
}

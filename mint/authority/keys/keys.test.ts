import { createPublicKey, verify } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseTrustDomain, type Signer, type TrustDomain } from '@mintmark/spiffe'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { AuthorityError } from '../errors.ts'
import { newKeysetId } from '../ids.ts'
import { combineKeys } from './combine.ts'
import { diskKeys } from './disk.ts'
import { loadMasterKey } from './master-key-file.ts'
import { masterKey } from './master-key.ts'
import { memoryKeys } from './memory.ts'
import type { KeyPurpose, KeyType } from './model.ts'
import { sealedKeys } from './sealed.ts'

const OLD = Buffer.alloc(32, 1)
const NEW = Buffer.alloc(32, 2)
const NOW = new Date('2026-06-01T00:00:00Z')

function trustDomain(name: string): TrustDomain {
  const parsed = parseTrustDomain(name)
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.trustDomain
}

const purpose: KeyPurpose = { trustDomain: trustDomain('example.org'), keysetId: newKeysetId(NOW), use: 'x509' }
const others: readonly KeyPurpose[] = [
  { ...purpose, trustDomain: trustDomain('example.net') },
  { ...purpose, keysetId: newKeysetId(NOW) },
  { ...purpose, use: 'jwt-es256' },
]
const label = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof AuthorityError ? error.label : error),
  )

async function signs(signer: Signer): Promise<boolean> {
  const data = Buffer.from('to be signed')
  const key = createPublicKey({ key: Buffer.from(signer.publicKey), format: 'der', type: 'spki' })
  return verify(signer.algorithm === 'ES384' ? 'sha384' : 'sha256', data, key, await signer.sign(data, 'certificate'))
}

describe('key managers', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'mintmark-keys-'))
    return () => rm(folder, { recursive: true, force: true })
  })
  const managers = [
    ['memory', () => memoryKeys()],
    ['disk', () => diskKeys(path.join(folder, 'keys'), masterKey(OLD))],
    ['sealed', () => sealedKeys(masterKey(OLD))],
  ] as const

  for (const [name, make] of managers) {
    test.each<[KeyType, string]>([
      ['ec-p256', 'ES256'],
      ['ec-p384', 'ES384'],
      ['rsa-2048', 'RS256'],
    ])(`${name}: a key of type %s signs, and is found again`, async (type, algorithm) => {
      const keys = make()
      const { reference, signer } = await keys.create(purpose, type)
      expect(signer.algorithm).toBe(algorithm)
      const found = await keys.open(reference, purpose)
      expect(Buffer.from(found.publicKey)).toEqual(Buffer.from(signer.publicKey))
      expect(await signs(found)).toBe(true)
      await keys.remove(reference, purpose)
      await keys.remove(reference, purpose)
      // A sealed key ends with its record, which is not here.
      expect(await label(keys.open(reference, purpose))).toBe(name === 'sealed' ? 'done' : 'key-unavailable')
    })
  }

  test('a sealed key opens for nothing but what it was made for, and under no other master key', async () => {
    const { reference } = await sealedKeys(masterKey(OLD)).create(purpose, 'ec-p256')
    for (const other of others) expect(await label(sealedKeys(masterKey(OLD)).open(reference, other))).toBe('master-key')
    expect(await label(sealedKeys(masterKey(NEW)).open(reference, purpose))).toBe('master-key')
    expect(await label(sealedKeys(masterKey(OLD)).open({ manager: 'disk', handle: 'x' }, purpose))).toBe('key-unavailable')
  })

  test('a key file of one purpose put in the place of another does not open, and no handle leads out of the folder', async () => {
    const keys = diskKeys(folder, masterKey(OLD))
    const { reference } = await keys.create(purpose, 'ec-p256')
    for (const other of others) {
      await writeFile(path.join(folder, `${other.keysetId}.${other.use}.key`), await readFile(path.join(folder, reference.handle)))
      const handle = `${other.keysetId}.${other.use}.key`
      expect(await label(keys.open({ manager: 'disk', handle }, other))).toBe('master-key')
    }
    for (const handle of ['../../etc/passwd', '/etc/passwd', '']) expect(await label(keys.open({ manager: 'disk', handle }, purpose))).toBe('key-unavailable')
    await expect(keys.open(reference, { ...purpose, keysetId: '../x' })).rejects.toThrow(RangeError)
  })

  test('key files are for their owner only, and no draft stays behind', async () => {
    const keys = diskKeys(path.join(folder, 'deep', 'keys'), masterKey(OLD))
    const { reference } = await keys.create(purpose, 'ec-p256')
    const file = path.join(folder, 'deep', 'keys', reference.handle)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700)
    expect(await readdir(path.dirname(file))).toEqual([reference.handle])
  })

  test('neither a file nor a record holds the key in clear', async () => {
    const plain = async (make: () => Promise<Buffer>): Promise<boolean> => {
      const bytes = await make()
      // The prefix of every PKCS#8 key of P-256: algorithm and curve.
      return bytes.includes(Buffer.from('301306072a8648ce3d020106082a8648ce3d030107', 'hex'))
    }
    expect(await plain(async () => Buffer.from((await sealedKeys(masterKey(OLD)).create(purpose, 'ec-p256')).reference.sealed ?? '', 'base64'))).toBe(false)
    expect(await plain(async () => readFile(path.join(folder, (await diskKeys(folder, masterKey(OLD)).create(purpose, 'ec-p256')).reference.handle)))).toBe(
      false,
    )
  })

  test.each(['sealed', 'disk'] as const)('%s: after sealing anew the old master key is not needed', async (name) => {
    const make = (key: ReturnType<typeof masterKey>) => (name === 'sealed' ? sealedKeys(key) : diskKeys(folder, key))
    const { reference, signer } = await make(masterKey(OLD)).create(purpose, 'ec-p256')
    const both = make(masterKey(NEW, [OLD]))
    const fresh = (await both.reseal?.(reference, purpose)) ?? reference
    expect(await both.reseal?.(fresh, purpose)).toBe(fresh)
    expect(Buffer.from((await make(masterKey(NEW)).open(fresh, purpose)).publicKey)).toEqual(Buffer.from(signer.publicKey))
    expect(await label(make(masterKey(OLD)).open(fresh, purpose))).toBe('master-key')
  })

  test('managers in a row: new keys come from the first, and those of the others are still found', async () => {
    const [sealed, disk] = [sealedKeys(masterKey(OLD)), diskKeys(folder, masterKey(OLD))]
    const { reference } = await disk.create(purpose, 'ec-p256')
    const both = combineKeys(sealed, disk)
    expect((await both.create(purpose, 'ec-p256')).reference.manager).toBe('sealed')
    expect(await label(both.open(reference, purpose))).toBe('done')
    expect(await both.reseal?.(reference, purpose)).toBe(reference)
    expect(await label(combineKeys(sealed).open(reference, purpose))).toBe('key-unavailable')
  })
})

describe('a master key', () => {
  test('opens what it has sealed, and nothing that was altered in a single bit', () => {
    const key = masterKey(OLD)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.string(), { maxLength: 3 }), fc.nat(), fc.nat(7), (plain, context, position, bit) => {
        const sealed = Buffer.from(key.seal(plain, context))
        expect(key.open(sealed, context)).toEqual(Buffer.from(plain))
        expect(() => key.open(sealed, [...context, ''])).toThrow(AuthorityError)
        const index = position % sealed.length
        sealed.writeUInt8(sealed.readUInt8(index) ^ (1 << bit), index)
        expect(() => key.open(sealed, context)).toThrow(AuthorityError)
        expect(() => key.open(sealed.subarray(0, index), context)).toThrow(AuthorityError)
      }),
    )
  })

  test('its name says nothing about it, and its errors hold no key', () => {
    const key = masterKey(OLD)
    expect(OLD.toString('hex')).not.toContain(key.id)
    expect(() => masterKey(OLD.subarray(1))).toThrow('A master key has 32 bytes, this one 31')
    expect(() => key.open(masterKey(NEW).seal(OLD, []), [])).toThrow(masterKey(NEW).id)
  })

  describe('in a file', () => {
    let folder: string
    beforeEach(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), 'mintmark-master-'))
      return () => rm(folder, { recursive: true, force: true })
    })

    test('is made once where the setting allows it, also by many at the same time', async () => {
      const file = path.join(folder, 'deep', 'master.key')
      expect(await label(loadMasterKey({ file }))).toBe('master-key')
      const keys = await Promise.all([1, 2, 3, 4].map(() => loadMasterKey({ file, create: true })))
      expect(new Set(keys.map((each) => each.id)).size).toBe(1)
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      expect(await readdir(path.dirname(file))).toEqual(['master.key'])
      expect((await loadMasterKey({ file })).id).toBe(keys[0]?.id)
    })

    test('of another length is refused and never replaced', async () => {
      const file = path.join(folder, 'master.key')
      await writeFile(file, OLD.toString('hex'))
      expect(await label(loadMasterKey({ file, create: true }))).toBe('master-key')
      expect(await readFile(file, 'utf8')).toBe(OLD.toString('hex'))
    })

    test('opens what older ones have sealed', async () => {
      const [file, previous] = [path.join(folder, 'new'), path.join(folder, 'old')]
      await writeFile(file, NEW)
      await writeFile(previous, OLD)
      const key = await loadMasterKey({ file, previousFiles: [previous] })
      const sealed = masterKey(OLD).seal(Buffer.from('x'), [])
      expect(key.open(sealed, []).toString()).toBe('x')
      expect(key.isCurrent(sealed)).toBe(false)
      expect(await label(loadMasterKey({ file, previousFiles: [path.join(folder, 'gone')] }))).toBe('master-key')
    })
  })
})

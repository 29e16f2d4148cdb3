import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { memoryStores } from '../memory-stores.ts'
import { memoryKeysets } from '../server-testing.ts'
import { cacheOnDisk } from './disk-cache.ts'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const at = new Date('2026-11-22T12:00:00Z')

test('what was read is answered from disk while the database is away, by the next process, too; what never was is not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mintmark-cache-'))
  const file = join(folder, 'cache', 'example.org.json')
  const { registry, configuration, federation, events } = memoryStores()
  const trustDomain = await registry.createTrustDomain({ name: 'example.org', now: at })
  const keysets = memoryKeysets()
  const open = (isAway: boolean) => {
    const guard = <Part extends object>(part: Part): Part =>
      new Proxy(part, {
        get: (target, name) =>
          isAway ? async () => Promise.reject(Object.assign(new Error('away'), { name: 'StorageUnavailableError' })) : Reflect.get(target, name),
      })
    return cacheOnDisk(
      { registry: guard(registry), configuration: guard(configuration), federation: guard(federation), events, keysets: guard(keysets) },
      file,
      silent,
    )
  }
  const first = await open(false)
  await first.stores.registry.trustDomain('example.org')
  expect(await first.stores.configuration.current({ kind: 'org' })).toBeUndefined()
  expect((await first.stores.keysets.load('example.org')).revision).toBe(0n)
  await first.flush()
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readFile(file, 'utf8')).toContain(trustDomain.id)

  const later = await open(true)
  expect(await later.stores.registry.trustDomain('example.org')).toEqual(trustDomain)
  expect(await later.stores.configuration.current({ kind: 'org' })).toBeUndefined()
  expect((await later.stores.keysets.load('example.org')).revision).toBe(0n)
  await expect(later.stores.registry.clusterById('c-other')).rejects.toThrow('away')
  await rm(folder, { recursive: true })
})

import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
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

test('names that somebody makes up push nothing out of the file, and what is deleted is not answered from it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mintmark-cache-'))
  const file = join(folder, 'example.org.json')
  const stores = memoryStores()
  const row = await stores.registry.createCluster({ trustDomainId: 'td-1', name: 'prod-1', platform: 'k8s', now: at })
  const cached = await cacheOnDisk({ ...stores, keysets: memoryKeysets() }, file, silent)
  const { registry } = cached.stores
  await registry.clusterById(row.id)
  for (let name = 0; name < 100; name += 1) await registry.cluster('td-1', `made-up-${name}`)
  await cached.flush()
  const written = await readFile(file, 'utf8')
  expect([written.includes(row.id), written.includes('made-up')]).toEqual([true, false])
  await registry.deleteCluster(row.id)
  expect(await registry.clusterById(row.id)).toBeUndefined()
  await cached.flush()
  expect(await readFile(file, 'utf8')).not.toContain(row.id)
  await rm(folder, { recursive: true })
})

test.each([
  ['no JSON', 'hello'],
  ['something else', '{"a":1}'],
  ['half a file', '[["trustDomain [\\"example.org'],
  ['entries that are none', '[1, null, ["a"], ["a", 2]]'],
])('a file that holds %s is made anew', async (_what, text) => {
  const folder = await mkdtemp(join(tmpdir(), 'mintmark-cache-'))
  const file = join(folder, 'example.org.json')
  await writeFile(file, text)
  const stores = memoryStores()
  const trustDomain = await stores.registry.createTrustDomain({ name: 'example.org', now: at })
  const cached = await cacheOnDisk({ ...stores, keysets: memoryKeysets() }, file, silent)
  expect(await cached.stores.registry.trustDomain('example.org')).toEqual(trustDomain)
  await cached.flush()
  expect(await readFile(file, 'utf8')).toContain(trustDomain.id)
  await rm(folder, { recursive: true })
})

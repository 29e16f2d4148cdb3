import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { masterKey, sealedKeys } from '@mintmark/mint/authority'
import type { Store } from '@mintmark/storage'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { peerIsMissing } from '../peers/index.ts'
import { startTrialAgent, type TrialAgent } from './agent.ts'
import { gospiffe } from './clients.ts'
import { startTrialDomain, type TrialCluster, type TrialDomain } from './trust-domain.ts'
import { until } from './until.ts'

describe.skipIf(peerIsMissing('spiffe'))('a server whose certificate comes from its own authority', () => {
  const keys = sealedKeys(masterKey(randomBytes(32)))
  let database: TestCluster
  let store: Store
  let domain: TrialDomain
  let agent: TrialAgent
  let cluster: TrialCluster
  let folder: string
  let keptRootsFile: string
  let firstRoots: string

  beforeAll(async () => {
    database = await startTestCluster()
    store = await database.openFreshStore()
    domain = await startTrialDomain({ name: 'rotation.test', store, keys })
    cluster = await domain.addCluster('machines', 'linux')
    firstRoots = domain.rootsPem()
    folder = await mkdtemp(join(tmpdir(), 'mintmark-roots-'))
    keptRootsFile = join(folder, 'kept-roots.pem')
    agent = await startTrialAgent({ ...domain, endpoints: [domain.endpoint] }, cluster, (settings) => ({ ...settings, keptRootsFile }))
    await agent.logged('Health check passed - all systems operational')
  })
  afterAll(async () => {
    await agent?.close()
    await domain?.close()
    await database?.stop()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  test('is known by its agents after its keys have rotated, although they were started with the roots of before', async () => {
    const old = domain.authority.current().keysetId
    const port = domain.listener.address.port
    await domain.authority.prepare()
    await domain.authority.activate()
    await domain.authority.taint(old)
    await domain.authority.remove(old)
    await domain.close()
    // Only certificates of the new authority from here on.
    domain = await startTrialDomain({ name: 'rotation.test', store, keys, port })
    const tokens = await until(
      () => gospiffe<{ svids: readonly unknown[] }>(agent.address, 'jwt', '--audience', 'after the rotation'),
      ({ svids }) => svids.length === 1,
      'a token from the new server',
    )
    expect(tokens.svids).toHaveLength(1)
  })

  test('is known by an agent that starts again, by the roots that it kept', async () => {
    await agent.close()
    agent = await startTrialAgent({ rootsPem: () => firstRoots, endpoints: [domain.endpoint] }, cluster, (settings) => ({ ...settings, keptRootsFile }))
    await agent.logged('Health check passed - all systems operational')
    await until(
      () => readFile(keptRootsFile, 'utf8'),
      (text) => text === domain.rootsPem(),
      'the newest roots in the file',
    )
  })
})

import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { masterKey, sealedKeys } from '@mintmark/mint/authority'
import { type Store } from '@mintmark/storage'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { peerIsMissing } from '../peers/index.ts'
import { startTrialAgent, type TrialAgent } from './agent.ts'
import { gospiffe, type GoX509, startGospiffe } from './clients.ts'
import { startTrialDomain, type TrialDomain } from './trust-domain.ts'
import { until } from './until.ts'

interface GoJwt {
  readonly svids: readonly { readonly token: string }[]
}

describe.skipIf(peerIsMissing('spiffe'))('two replicas of a trust domain server', () => {
  const keys = sealedKeys(masterKey(randomBytes(32)))
  let database: TestCluster
  let store: Store
  let first: TrialDomain
  let second: TrialDomain
  let agent: TrialAgent

  const open = (port = 0): Promise<TrialDomain> => startTrialDomain({ name: 'replicas.test', store, keys, port })
  const tokenFor = async (audience: string): Promise<string> => {
    const { svids } = await gospiffe<GoJwt>(agent.address, 'jwt', '--audience', audience)
    return svids[0]?.token ?? ''
  }

  beforeAll(async () => {
    database = await startTestCluster()
    store = await database.openFreshStore()
    first = await open()
    second = await open()
    agent = await startTrialAgent({ ...first, endpoints: [first.endpoint, second.endpoint] }, await first.addCluster('machines', 'linux'))
    await agent.logged('Health check passed - all systems operational')
  })
  afterAll(async () => {
    await agent?.close()
    await first?.close()
    await second?.close()
    await database?.stop()
  })

  test('sign with one keyset, so that more servers bring no more roots', async () => {
    expect(second.authority.current().keysetId).toBe(first.authority.current().keysetId)
    expect((await gospiffe<GoX509>(agent.address, 'x509')).roots).toEqual({ 'replicas.test': 1 })
  })

  test('a change of keys by one reaches workloads of the other', async () => {
    const watch = startGospiffe<GoX509>(agent.address, 'watch-x509')
    await watch.until(({ svids }) => svids?.length === 1)
    await second.authority.prepare()
    await first.authority.refresh()
    expect((await watch.until(({ roots }) => roots?.['replicas.test'] === 2)).roots).toEqual({ 'replicas.test': 2 })
    await watch.stop()
  })

  test('when one is gone the agent goes on with the other', async () => {
    await first.close()
    expect(
      await until(
        () => tokenFor('after the first server'),
        (token) => token !== '',
        'a token',
      ),
    ).not.toBe('')
  })

  test('while no server answers, what was issued is answered on; a new audience is Unavailable and works again on return', async () => {
    const held = await tokenFor('held')
    const { svids } = await gospiffe<GoX509>(agent.address, 'x509')
    const port = second.listener.address.port
    await second.close()
    expect(await tokenFor('held')).toBe(held)
    expect((await gospiffe<GoX509>(agent.address, 'x509')).svids[0]?.serial).toBe(svids[0]?.serial)
    await expect(tokenFor('never asked before')).rejects.toThrow(/Unavailable|DeadlineExceeded/)
    second = await open(port)
    expect(
      await until(
        () => tokenFor('never asked before'),
        (token) => token !== '',
        'a token after the return',
      ),
    ).not.toBe('')
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { freePort, peerIsMissing } from '../peers/index.ts'
import { startTrialAgent, type TrialAgent } from './agent.ts'
import { gospiffe, type GoX509 } from './clients.ts'
import { startEnvoy, type TrialEnvoy } from './envoy.ts'
import { startTrialDomain, type TrialDomain } from './trust-domain.ts'
import { until } from './until.ts'

const missing = (['spiffe', 'envoy'] as const).filter((name) => peerIsMissing(name))

describe.skipIf(missing.length > 0)('two Envoys over SDS', () => {
  let database: TestCluster
  let domain: TrialDomain
  const agents: TrialAgent[] = []
  const envoys: TrialEnvoy[] = []
  let frontPort: number
  let frontId: string
  let backId: string

  const call = async (port = frontPort): Promise<{ status: number; body: string }> => {
    const response = await fetch(`http://127.0.0.1:${port}/`)
    return { status: response.status, body: await response.text() }
  }
  const addAgent = async (cluster: string): Promise<{ agent: TrialAgent; id: string }> => {
    const agent = await startTrialAgent({ ...domain, endpoints: [domain.endpoint] }, await domain.addCluster(cluster, 'linux'))
    agents.push(agent)
    await agent.logged('Health check passed - all systems operational')
    return { agent, id: (await gospiffe<GoX509>(agent.address, 'x509')).svids[0]?.id ?? '' }
  }

  beforeAll(async () => {
    database = await startTestCluster()
    domain = await startTrialDomain({ name: 'envoy.test', store: await database.openFreshStore() })
    const front = await addAgent('front')
    const back = await addAgent('back')
    frontId = front.id
    backId = back.id
    const backPort = await freePort()
    frontPort = await freePort()
    envoys.push(await startEnvoy(back.agent.socketPath, { kind: 'backend', port: backPort, callerId: frontId }))
    envoys.push(await startEnvoy(front.agent.socketPath, { kind: 'frontend', port: frontPort, backendPort: backPort, backendId: backId }))
  })
  afterAll(async () => {
    for (const envoy of envoys) await envoy.stop()
    for (const agent of agents) await agent.close()
    await domain?.close()
    await database?.stop()
  })

  test('speak mTLS with the identities of their agents', async () => {
    expect(frontId).not.toBe(backId)
    expect(await call()).toEqual({ status: 200, body: 'from the backend\n' })
  })

  test('go on through a rotation and a taint, with new certificates and without a failed request', async () => {
    const before = await Promise.all(envoys.map((envoy) => envoy.serials()))
    const old = domain.authority.current().keysetId
    const statuses = new Set<number>()
    await domain.authority.prepare()
    statuses.add((await call()).status)
    await domain.authority.activate()
    statuses.add((await call()).status)
    await domain.authority.taint(old)
    for (const [index, envoy] of envoys.entries()) {
      await until(
        async () => {
          statuses.add((await call()).status)
          return await envoy.serials()
        },
        (serials) => serials.length > 0 && serials.every((serial) => !before[index]?.includes(serial)),
        'a new certificate',
      )
    }
    await domain.authority.remove(old)
    await until(
      async () => (await envoys[0]?.admin('/certs')) ?? '',
      (text) => (text.match(/"ca_cert"/g) ?? []).length > 0,
      'the bundle',
    )
    statuses.add((await call()).status)
    expect([...statuses]).toEqual([200])
  })

  test('a frontend asks by SPIFFE ID and for every bundle; one with another identity than the backend expects is refused', async () => {
    const stranger = await addAgent('stranger')
    const [backPort, port] = [await freePort(), await freePort()]
    const [back] = agents.slice(1)
    if (back === undefined) throw new Error('the backend has no agent')
    envoys.push(
      await startEnvoy(back.socketPath, { kind: 'backend', port: backPort, callerId: frontId }, { certificate: backId, bundle: 'spiffe://envoy.test' }),
    )
    const strange = await startEnvoy(
      stranger.agent.socketPath,
      { kind: 'frontend', port, backendPort: backPort, backendId: backId },
      { certificate: stranger.id, bundle: 'ALL' },
    )
    envoys.push(strange)
    expect((await call(port)).status).toBe(503)
  })
})

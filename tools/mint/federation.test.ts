import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { freePort, peerIsMissing } from '../peers/index.ts'
import { startTrialAgent, type TrialAgent } from './agent.ts'
import { gospiffe, type GoX509, runClient, startGospiffe } from './clients.ts'
import { startTrialDomain, type TrialDomain } from './trust-domain.ts'
import { openWebAuthority, type WebAuthority } from './web-authority.ts'

describe.skipIf(peerIsMissing('spiffe'))('two trust domains federate', () => {
  let database: TestCluster
  let web: WebAuthority
  let folder: string
  /** Publishes over https_spiffe. */
  let alpha: TrialDomain
  /** Publishes over https_web. */
  let beta: TrialDomain
  let alphaUrl: string
  let betaUrl: string
  const agents: TrialAgent[] = []
  const closers: (() => Promise<void>)[] = []
  let alphaId: string
  let betaId: string

  const open = async (name: string, tls: 'own' | 'web'): Promise<{ domain: TrialDomain; url: string; agent: TrialAgent; id: string }> => {
    const port = await freePort()
    const url = `https://127.0.0.1:${port}/${name}`
    const store = await database.openFreshStore()
    const domain = await startTrialDomain({ name, store, settings: { publicUrl: url, outboundAllowed: ['127.0.0.1'] } })
    const certificate = tls === 'own' ? ({ from: 'own', dnsNames: [], ipAddresses: ['127.0.0.1'] } as const) : ({ from: 'files', ...web.server } as const)
    const listener = await domain.server.listenPublic({ host: '127.0.0.1', port, tls: certificate })
    closers.push(() => listener.close())
    const agent = await startTrialAgent({ ...domain, endpoints: [domain.endpoint] }, await domain.addCluster('machines', 'linux'))
    agents.push(agent)
    await agent.logged('Health check passed - all systems operational')
    return { domain, url: `${url}/bundle`, agent, id: (await gospiffe<GoX509>(agent.address, 'x509')).svids[0]?.id ?? '' }
  }
  const rootsSeenBy = async (
    agent: TrialAgent | undefined,
    fits: (roots: Readonly<Record<string, number>>) => boolean,
  ): Promise<Readonly<Record<string, number>>> => {
    const watch = startGospiffe<GoX509>(agent?.address ?? '', 'watch-x509')
    const { roots } = await watch.until((line) => line.roots !== undefined && fits(line.roots))
    await watch.stop()
    return roots
  }

  beforeAll(async () => {
    database = await startTestCluster()
    web = await openWebAuthority()
    folder = await mkdtemp(join(tmpdir(), 'mintmark-federation-'))
    const first = await open('alpha.test', 'own')
    const second = await open('beta.test', 'web')
    alpha = first.domain
    beta = second.domain
    alphaUrl = first.url
    betaUrl = second.url
    alphaId = first.id
    betaId = second.id
  })
  afterAll(async () => {
    for (const agent of agents) await agent.close()
    for (const close of closers) await close()
    await alpha?.close()
    await beta?.close()
    await web?.close()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
    await database?.stop()
  })

  test('rules 20 and 21: go-spiffe fetches the bundle in both profiles', async () => {
    const bootstrap = join(folder, 'alpha.json')
    await writeFile(bootstrap, alpha.server.trust.current().documents[0]?.document ?? '')
    const spiffe = await gospiffe(
      '',
      'bundle',
      '--trust-domain',
      'alpha.test',
      '--url',
      alphaUrl,
      '--id',
      'spiffe://alpha.test/spirl/server',
      '--bootstrap',
      bootstrap,
    )
    expect(spiffe).toMatchObject({ trustDomain: 'alpha.test', roots: 1, sequence: Number(alpha.authority.current().revision) })
    const webProfile = await gospiffe('', 'bundle', '--trust-domain', 'beta.test', '--url', betaUrl, '--web-roots', web.caFile)
    expect(webProfile).toMatchObject({ trustDomain: 'beta.test', roots: 1 })
  })

  test('links in both profiles bring the foreign bundle to workloads', async () => {
    const toBeta = await alpha.server.administration.federation.create({ foreignTrustDomain: 'beta.test', endpoint: { url: betaUrl, profile: 'https_web' } })
    expect(toBeta).toMatchObject({ lastSucceededAt: expect.any(String) })
    const document = alpha.server.trust.current().documents[0]?.document ?? ''
    const toAlpha = await beta.server.administration.federation.create({
      foreignTrustDomain: 'alpha.test',
      endpoint: { url: alphaUrl, profile: 'https_spiffe', endpointSpiffeId: 'spiffe://alpha.test/spirl/server' },
      bundle: document,
    })
    expect(toAlpha).toMatchObject({ lastSucceededAt: expect.any(String) })
    expect(await rootsSeenBy(agents[0], (roots) => roots['beta.test'] === 1)).toEqual({ 'alpha.test': 1, 'beta.test': 1 })
    expect(await rootsSeenBy(agents[1], (roots) => roots['alpha.test'] === 1)).toEqual({ 'alpha.test': 1, 'beta.test': 1 })
  })

  test('workloads of both talk mTLS, and validate each other by JWT-SVID', async () => {
    const [first, second] = agents
    const server = startGospiffe<{ address: string }>(first?.address ?? '', 'serve', '--authorize', betaId)
    const { address } = await server.until(() => true)
    const answer = await gospiffe<{ body: string; server: string }>(second?.address ?? '', 'get', '--address', address, '--authorize', alphaId)
    expect(answer.server).toBe(alphaId)
    expect(JSON.parse(answer.body)).toMatchObject({ caller: betaId })
    await server.stop()
    const { svids } = await gospiffe<{ svids: { token: string }[] }>(first?.address ?? '', 'jwt', '--audience', 'shop')
    const validated = await runClient({
      peer: 'spiffe',
      program: 'gospiffe',
      arguments: ['validate-jwt', '--audience', 'shop'],
      address: second?.address ?? '',
      input: svids[0]?.token ?? '',
    })
    expect(JSON.parse(validated.stdout)).toMatchObject({ id: alphaId, audience: ['shop'] })
  })

  test('rule 23: a key that alpha prepares is known in beta before it signs', async () => {
    await alpha.authority.prepare()
    const [link] = (await beta.server.administration.federation.list({ size: 10 })).items
    await beta.server.administration.federation.refresh(link?.id ?? '')
    expect(await rootsSeenBy(agents[1], (roots) => roots['alpha.test'] === 2)).toEqual({ 'alpha.test': 2, 'beta.test': 1 })
    await alpha.authority.activate()
    const old = alpha.authority.list().find(({ state }) => state === 'PREPARED')
    if (old !== undefined) await alpha.authority.taint(old.id)
    const server = startGospiffe<{ address: string }>(agents[1]?.address ?? '', 'serve', '--authorize', 'alpha.test')
    const { address } = await server.until(() => true)
    expect(await gospiffe(agents[0]?.address ?? '', 'get', '--address', address, '--authorize', 'beta.test')).toMatchObject({ status: 200 })
    await server.stop()
  })

  test('a link that is deleted takes the foreign bundle away', async () => {
    const [link] = (await beta.server.administration.federation.list({ size: 10 })).items
    await beta.server.administration.federation.delete(link?.id ?? '')
    expect(await rootsSeenBy(agents[1], (roots) => roots['alpha.test'] === undefined)).toEqual({ 'beta.test': 1 })
  })
})

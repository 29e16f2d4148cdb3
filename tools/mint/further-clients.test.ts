import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { peerIsMissing } from '../peers/index.ts'
import { startTrialAgent, type TrialAgent } from './agent.ts'
import { type ClientCall, runClient, startClient } from './clients.ts'
import { startTrialDomain, type TrialDomain } from './trust-domain.ts'

/** What every client here prints of a state. */
interface State {
  readonly svids?: readonly { readonly id: string; readonly leaf: string; readonly hint?: string | null }[]
  /** Roots by trust domain. */
  readonly roots?: Readonly<Record<string, number>>
  readonly error?: string
}

/** An agent of a cluster of its own, whose policy and life a test decides. */
interface Place {
  readonly address: string
  /** Sets the policy, as YAML or JSON of section SVIDIssuancePolicy. */
  decide(spec: string): Promise<void>
  startAgent(): Promise<void>
  stopAgent(): Promise<void>
}

const isMissing = { 'python-spiffe': peerIsMissing('python-spiffe'), 'rust-spiffe': peerIsMissing('rust-spiffe') }

describe('further clients that nobody here wrote', () => {
  let database: TestCluster
  let domain: TrialDomain
  let clusters = 0
  const ends: (() => Promise<void>)[] = []
  const id = expect.stringMatching(/^spiffe:\/\/further\.test\/machines-\d+\/[a-z0-9_.-]+$/)

  const open = async (spec = '{}'): Promise<Place> => {
    clusters += 1
    const cluster = await domain.addCluster(`machines-${clusters}`, 'linux')
    const folder = await mkdtemp(join(tmpdir(), 'mintmark-further-'))
    const socketPath = join(folder, 'api.sock')
    let agent: TrialAgent | undefined
    const place: Place = {
      address: `unix://${socketPath}`,
      async decide(policy) {
        const documents = `section: SVIDIssuancePolicy\nschema: v1\nspec: ${policy}\n`
        const request = { documents, prune: true, validateOnly: false, actor: 'trial' }
        await domain.server.administration.configuration.set({ scope: { kind: 'cluster', id: cluster.id }, ...request })
      },
      async startAgent() {
        agent = await startTrialAgent({ ...domain, endpoints: [domain.endpoint] }, cluster, (settings) => ({ ...settings, socketPath }))
        await agent.logged('Health check passed - all systems operational')
      },
      async stopAgent() {
        await agent?.close()
        agent = undefined
      },
    }
    ends.push(async () => {
      await place.stopAgent()
      await rm(folder, { recursive: true, force: true })
    })
    await place.decide(spec)
    await place.startAgent()
    return place
  }
  const answerOf = async (call: ClientCall): Promise<unknown> => {
    const { code, stdout, stderr } = await runClient(call)
    if (code !== 0) throw new Error(stderr.trim())
    return JSON.parse(stdout)
  }

  beforeAll(async () => {
    database = await startTestCluster()
    domain = await startTrialDomain({ name: 'further.test', store: await database.openFreshStore() })
  })
  afterEach(async () => {
    for (const end of ends.splice(0)) await end()
  })
  afterAll(async () => {
    await domain?.close()
    await database?.stop()
  })

  test.skipIf(isMissing['python-spiffe'])('the client that existing deployments bring verifies chain and token by itself', async () => {
    const { address } = await open()
    const answer = await answerOf({ peer: 'python-spiffe', program: 'defakto', arguments: ['once', 'shop'], address })
    expect(answer).toEqual({ id, jwt: id, audience: expect.arrayContaining(['shop', 'second']) })
  })

  test.skipIf(isMissing['python-spiffe'])('rules 25, 28: the libraries of gRPC read reflection and health, and call by nothing but reflection', async () => {
    const { address } = await open()
    expect(await answerOf({ peer: 'python-spiffe', program: 'introspect', arguments: [], address })).toEqual({
      services: expect.arrayContaining(['SpiffeWorkloadAPI', 'envoy.service.secret.v3.SecretDiscoveryService', 'grpc.health.v1.Health']),
      methods: expect.arrayContaining(['FetchX509SVID', 'FetchX509Bundles', 'FetchJWTSVID', 'FetchJWTBundles', 'ValidateJWTSVID']),
      jwt: id,
      serving: [true, true],
    })
  })

  test.skipIf(isMissing['rust-spiffe'])('rule 33: the crate for Rust gets three identities with their hints in order, and has tokens validated', async () => {
    const more = ['edge', 'inner'].map((hint) => ({ when: { 'trust_domain.name': 'further.test' }, pathTemplate: `/${hint}`, hint }))
    const { address } = await open(JSON.stringify({ policy: { additionalIdentities: more } }))
    expect(await answerOf({ peer: 'rust-spiffe', program: 'rust-spiffe', arguments: ['once', 'shop'], address })).toMatchObject({
      svids: [
        { id, hint: null },
        { id: 'spiffe://further.test/edge', hint: 'edge' },
        { id: 'spiffe://further.test/inner', hint: 'inner' },
      ],
      tokens: 3,
      validated: id,
      wrongAudience: expect.stringContaining('another audience'),
    })
  })

  test.skipIf(isMissing['rust-spiffe'])('rule 27: the stream of a caller without an identity ends with the reason', async () => {
    const { address } = await open('{ policy: { pathTemplate: "/{{kubernetes.pod.name}}" } }')
    const answer = await runClient({ peer: 'rust-spiffe', program: 'rust-spiffe', arguments: ['stream'], address })
    expect(answer).toMatchObject({ code: 1, stderr: expect.stringMatching(/PermissionDenied.*kubernetes\.pod\.name/) })
  })

  describe.each([
    ['py-spiffe', 'python-spiffe', 'sources', [], 'returns'],
    ['the client that existing deployments bring', 'python-spiffe', 'defakto', ['watch'], 'gives up'],
    ['the crate for Rust', 'rust-spiffe', 'rust-spiffe', ['watch'], 'returns'],
  ] as const)('%s', (_name, peer, program, list, whenTheStreamBreaks) => {
    test.skipIf(isMissing[peer])('follows a rotation and a taint, another policy and another start of the agent', async () => {
      const place = await open()
      const watch = startClient<State>({ peer, program, arguments: list, address: place.address })
      const leafIn = ({ svids }: State): string | undefined => svids?.[0]?.leaf
      const first = await watch.until(({ svids }) => svids?.length === 1)
      await domain.authority.prepare()
      const prepared = await watch.until(({ roots }) => roots?.['further.test'] === 2)
      expect(leafIn(prepared)).toBe(leafIn(first))
      const old = domain.authority.current().keysetId
      await domain.authority.activate()
      await domain.authority.taint(old)
      const renewed = await watch.until((state) => leafIn(state) !== undefined && leafIn(state) !== leafIn(first))
      expect(renewed.svids).toMatchObject([{ id }])
      await domain.authority.remove(old)
      await watch.until((state) => leafIn(state) !== leafIn(first) && state.roots?.['further.test'] === 1)
      await place.decide('{ policy: { pathTemplate: "/renamed" } }')
      const last = await watch.until(({ svids }) => svids?.[0]?.id === 'spiffe://further.test/renamed')
      await place.stopAgent()
      await place.startAgent()
      // A client that keeps trying is back with a new identity; the other one has said why it ended.
      if (whenTheStreamBreaks === 'returns')
        await watch.until((state) => state.svids?.[0]?.id === 'spiffe://further.test/renamed' && leafIn(state) !== leafIn(last))
      else expect((await watch.until(({ error }) => error !== undefined)).error).toContain('The agent is stopping.')
      await watch.stop()
    })
  })
})

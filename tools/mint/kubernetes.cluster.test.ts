import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent as HttpsAgent, request } from 'node:https'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ATTESTATION_AUDIENCE } from '@mintmark/mint/attestation'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { type Cluster, freePort, peerIsMissing, startCluster } from '../peers/index.ts'
import { startTrialAgent, type TrialAgent } from './agent.ts'
import { gospiffe, type GoX509 } from './clients.ts'
import { startTrialDomain, type TrialCluster, type TrialDomain } from './trust-domain.ts'
import { until } from './until.ts'
import { openWebAuthority, type WebAuthority } from './web-authority.ts'

const missing = (['kubernetes', 'spiffe'] as const).filter((name) => peerIsMissing(name))
const AUDIENCE = 'kubernetes.test'

describe.skipIf(missing.length > 0)('a real API server', () => {
  let database: TestCluster
  let web: WebAuthority
  let folder: string
  let domain: TrialDomain
  let kubernetes: Cluster
  let machines: TrialCluster
  let reviewing: { readonly domain: TrialDomain; readonly machines: TrialCluster }
  let publicListener: { close(): Promise<void> }
  const agents: TrialAgent[] = []

  const create = (path: string, object: object): Promise<unknown> => kubernetes.api.request('POST', path, object)
  const createPod = async (name: string, account: string): Promise<void> => {
    const spec = { serviceAccountName: account, nodeName: 'node-1', containers: [{ name: 'agent', image: 'x' }] }
    await until(
      () => kubernetes.api.request('POST', '/api/v1/namespaces/spirl-system/pods', { metadata: { name }, spec }),
      ({ status }) => status === 201,
      'a pod',
    )
  }
  const tokenFor = async (account: string, pod: string, audiences: readonly string[] = [ATTESTATION_AUDIENCE]): Promise<string> => {
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: pod }
    const answer = await kubernetes.api.request('POST', `/api/v1/namespaces/spirl-system/serviceaccounts/${account}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences, expirationSeconds: 600, boundObjectRef },
    })
    const { status }: { status?: { token?: string } } = JSON.parse(answer.body)
    if (status?.token === undefined) throw new Error(answer.body)
    return status.token
  }
  const startAgent = async (token: string, at = { domain, machines }): Promise<TrialAgent> => {
    const tokenPath = join(folder, `token-${agents.length}`)
    await writeFile(tokenPath, token)
    const agent = await startTrialAgent({ ...at.domain, endpoints: [at.domain.endpoint] }, at.machines, (settings) => ({
      ...settings,
      upstream: { ...settings.upstream, clusterId: at.machines.id, evidence: [{ type: 'k8s_token', tokenPath }] },
    }))
    agents.push(agent)
    return agent
  }

  const configure = async (at: { domain: TrialDomain; machines: TrialCluster }, more: object = {}): Promise<void> => {
    const jwks: unknown = JSON.parse((await kubernetes.api.request('GET', '/openid/v1/jwks')).body)
    await at.domain.server.administration.configuration.set({
      scope: { kind: 'cluster', id: at.machines.id },
      documents: JSON.stringify({
        section: 'AgentAttestation',
        schema: 'v1',
        spec: { policies: [{ requiredAttestors: [{ type: 'k8s_token', issuerURL: kubernetes.server, jwks, ...more }] }] },
      }),
      prune: false,
      validateOnly: false,
      actor: 'a test',
    })
  }
  /** A trust domain whose server asks the API server about each token, as ServiceAccount `mintmark`. */
  const openReviewing = async (): Promise<void> => {
    const credential = join(folder, 'review-token')
    await writeFile(credential, await tokenFor('mintmark', 'mintmark', []))
    const settings = { outboundAllowed: ['127.0.0.1'], tokenReviewCredentials: new Map([[kubernetes.server, credential]]) }
    const reviewer = await startTrialDomain({ name: 'reviewing.test', store: await database.openFreshStore(), settings })
    reviewing = { domain: reviewer, machines: await reviewer.addCluster('machines', 'linux') }
    const caPem = await readFile(kubernetes.certificates.caFile, 'utf8')
    await configure(reviewing, { tokenReview: { apiServerURL: kubernetes.server, caPem } })
  }

  beforeAll(async () => {
    database = await startTestCluster()
    web = await openWebAuthority()
    folder = await mkdtemp(join(tmpdir(), 'mintmark-kubernetes-'))
    const port = await freePort()
    const issuer = `https://127.0.0.1:${port}`
    domain = await startTrialDomain({ name: 'cluster.test', store: await database.openFreshStore(), settings: { publicUrl: issuer } })
    publicListener = await domain.server.listenPublic({ host: '127.0.0.1', port, tls: { from: 'files', ...web.server } })
    const authentication = join(folder, 'authentication.json')
    await writeFile(
      authentication,
      JSON.stringify({
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'AuthenticationConfiguration',
        jwt: [
          {
            issuer: { url: issuer, audiences: [AUDIENCE], certificateAuthority: web.caPem },
            claimMappings: { username: { expression: 'claims.sub' } },
          },
        ],
      }),
    )
    kubernetes = await startCluster({ extraApiServerFlags: [`--authentication-config=${authentication}`] })
    await create('/api/v1/namespaces', { metadata: { name: 'spirl-system' } })
    await create('/api/v1/nodes', { metadata: { name: 'node-1' } })
    for (const account of ['spirl-agent', 'somebody-else', 'mintmark']) {
      await create('/api/v1/namespaces/spirl-system/serviceaccounts', { metadata: { name: account } })
      await createPod(account, account)
    }
    await create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'mintmark-reviews' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
      subjects: [{ kind: 'ServiceAccount', namespace: 'spirl-system', name: 'mintmark' }],
    })
    machines = await domain.addCluster('machines', 'linux')
    await configure({ domain, machines })
    await openReviewing()
  })
  afterAll(async () => {
    for (const agent of agents) await agent.close()
    await publicListener?.close()
    await domain?.close()
    await reviewing?.domain.close()
    await kubernetes?.stop()
    await web?.close()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
    await database?.stop()
  })

  test('attests an agent by the token of its pod', async () => {
    const agent = await startAgent(await tokenFor('spirl-agent', 'spirl-agent'))
    await agent.logged('Health check passed - all systems operational')
    const { svids } = await gospiffe<GoX509>(agent.address, 'x509')
    expect(svids[0]?.id).toMatch(/^spiffe:\/\/cluster\.test\/machines\//)
    const { items } = await domain.server.administration.clusters.listAgents('machines', { size: 10 })
    expect(items).toMatchObject([{ state: 'ACTIVE', attestedBy: ['k8s_token'] }])
  })

  test("does not attest by another ServiceAccount's token, which is refused with a sentence and without the token", async () => {
    const token = await tokenFor('somebody-else', 'somebody-else')
    const agent = await startAgent(token)
    const line = await agent.logged('The agent is not attested')
    expect(JSON.stringify(line)).toMatch(/somebody-else|spirl-agent/)
    const [, claims = '', signature = ''] = token.split('.')
    const everything = JSON.stringify([agent.lines, domain.logged])
    expect(everything).not.toContain(claims)
    expect(everything).not.toContain(signature)
  })

  test('stands by the token of a pod that runs, where it is asked', async () => {
    const agent = await startAgent(await tokenFor('spirl-agent', 'spirl-agent'), reviewing)
    await agent.logged('Health check passed - all systems operational')
  })

  test('does not stand by the token of a pod that is gone, although its signature is right', async () => {
    await createPod('gone', 'spirl-agent')
    const token = await tokenFor('spirl-agent', 'gone')
    expect(await kubernetes.api.request('DELETE', '/api/v1/namespaces/spirl-system/pods/gone?gracePeriodSeconds=0')).toMatchObject({ status: 200 })
    const refused = await startAgent(token, reviewing)
    expect(JSON.stringify(await refused.logged('The agent is not attested'))).toMatch(/does not stand by it any more/)
    const believed = await startAgent(token)
    await believed.logged('Health check passed - all systems operational')
  })

  test('that has shut its door to the reviewer passes nobody', async () => {
    await kubernetes.api.request('DELETE', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/mintmark-reviews')
    await createPod('later', 'spirl-agent')
    const token = await tokenFor('spirl-agent', 'later')
    const agent = await startAgent(token, reviewing)
    expect(JSON.stringify(await agent.logged('The agent is not attested'))).toMatch(/system:auth-delegator/)
  })

  test('accepts a JWT-SVID as its own users, by the name of the SPIFFE ID', async () => {
    const [agent] = agents
    const { svids } = await gospiffe<{ svids: { id: string; token: string }[] }>(agent?.address ?? '', 'jwt', '--audience', AUDIENCE)
    const [svid] = svids
    const ca = await readFile(kubernetes.certificates.caFile)
    const review = await until(
      () => selfReview(kubernetes.server, ca, svid?.token ?? ''),
      ({ status }) => status === 201,
      'the API server reading our keys',
    )
    expect(review.body).toMatchObject({ status: { userInfo: { username: svid?.id } } })
  })
})

function selfReview(server: string, ca: Buffer, token: string): Promise<{ status: number; body: unknown }> {
  const agent = new HttpsAgent({ ca })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const call = request(new URL('/apis/authentication.k8s.io/v1/selfsubjectreviews', server), { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('end', () => {
        agent.destroy()
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) })
      })
    })
    call.once('error', reject)
    call.end(JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }))
  })
}

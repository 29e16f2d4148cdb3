import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { ChannelCredentials, Client, Metadata } from '@grpc/grpc-js'
import { agentApi, serviceDefinition } from '@mintmark/contract/grpc'
import { signAssertion } from '@mintmark/mint/attestation'
import { generateWorkloadKey, parseBundle, parseTrustDomain, validateX509Svid, type Bundle } from '@mintmark/spiffe'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { openStore, type DatabaseAddress, type Store } from '@mintmark/storage'
import { administerRegistry } from '@mintmark/mint/server'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeHome } from '../process-testing.ts'

interface Server {
  readonly agents: string
  end(): Promise<void>
}

let database: TestCluster
let address: DatabaseAddress
let store: Store
let home: string
const running: ChildProcess[] = []
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

beforeEach(async () => {
  database = await startTestCluster()
  address = await database.createDatabase()
  store = await openStore({ ...address, poolSize: 2 })
  home = await makeHome()
  await writeFile(join(home, 'master.key'), randomBytes(32), { mode: 0o600 })
})

afterEach(async () => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
  await store.close().catch(() => undefined)
  await database.stop().catch(() => undefined)
})

async function startServer(folder: string): Promise<Server> {
  const { socketDirectory, database: name } = { socketDirectory: '', database: '', ...address }
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'trust-domain-server.ts')], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      MINTMARK_DATA: join(home, folder),
      MINTMARK_LISTEN: '127.0.0.1:0',
      MINTMARK_AGENT_LISTEN: '127.0.0.1:0',
      MINTMARK_AGENT_TLS: 'off',
      MINTMARK_TRUST_DOMAIN: 'example.org',
      MINTMARK_MASTER_KEY_FILE: join(home, 'master.key'),
      MINTMARK_MINT_URL: 'https://mint.example.org',
      DATABASE_URL: `postgresql://mintmark@localhost/${name}?host=${encodeURIComponent(socketDirectory)}`,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  running.push(child)
  let output = ''
  const ready = Promise.withResolvers<string>()
  child.stderr.on('data', (part: Buffer) => {
    output += part.toString()
    const agents = /"agents":"([^"]+)"/.exec(output)?.[1]
    if (agents !== undefined) ready.resolve(agents)
  })
  const ended = new Promise<undefined>((resolve) => {
    child.once('close', () => {
      ready.reject(new Error(`The server ended:\n${output}`))
      resolve(undefined)
    })
  })
  return {
    agents: await ready.promise,
    end: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

function call<Response>(target: string, name: string, request: object, session?: string): Promise<Response> {
  const client = new Client(target, ChannelCredentials.createInsecure())
  const method = serviceDefinition(agentApi.AgentService)[name]
  const metadata = new Metadata()
  if (session !== undefined) metadata.set('authorization', `Bearer ${session}`)
  return new Promise((resolve, reject) => {
    if (method === undefined) throw new Error(`There is no method ${name}`)
    client.makeUnaryRequest(method.path, method.requestSerialize, method.responseDeserialize, request, metadata, (error, response) => {
      client.close()
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the method's own decoder has made it
      if (error === null) resolve(response as Response)
      else reject(error)
    })
  })
}

async function issue(server: Server, key: { readonly versionId: string; readonly privateKeyPem: string }): Promise<readonly Uint8Array[]> {
  const evidence = [create(agentApi.EvidenceSchema, { type: 'cvk', payload: Buffer.from(signAssertion(key, new Date())) })]
  const { session } = await call<agentApi.AttestResponse>(server.agents, 'attest', create(agentApi.AttestRequestSchema, { evidence, instanceId: 'one' }))
  const attributes = [
    create(agentApi.AttributeSchema, { name: 'kubernetes.pod.namespace', value: 'shop' }),
    create(agentApi.AttributeSchema, { name: 'kubernetes.pod.service_account', value: 'web' }),
  ]
  const item = create(agentApi.X509ItemSchema, { attributes, key: { case: 'publicKey', value: generateWorkloadKey().publicKey } })
  const { results } = await call<agentApi.IssueX509Response>(server.agents, 'issueX509', create(agentApi.IssueX509RequestSchema, { items: [item] }), session)
  return results[0]?.svids[0]?.certificates ?? []
}

test('two replicas share one trust domain, and one of them starts and issues while the database is away', async () => {
  const [first, second] = await Promise.all([startServer('one'), startServer('two')])
  const trustDomain = await store.mint.registry.trustDomain('example.org')
  if (trustDomain === undefined) throw new Error('The trust domain was not made')
  const { clusters } = administerRegistry({ trustDomain, stores: store.mint, now: () => new Date(), log: silent })
  const { version, privateKeyPem } = await clusters.register({ name: 'prod', platform: 'k8s' })
  const key = { versionId: version.id, privateKeyPem }
  const keysets = await store.mint.keysets.load('example.org')
  expect(keysets.keysets).toHaveLength(1)
  const bundle = bundleOf(keysets.keysets[0]?.x509.chain.at(-1) ?? '')
  for (const server of [first, second]) expect(validateX509Svid(await issue(server, key), () => bundle, new Date())).toMatchObject({ ok: true })

  await first.end()
  await store.close()
  await database.stop()
  const again = await startServer('one')
  expect(validateX509Svid(await issue(again, key), () => bundle, new Date())).toMatchObject({ ok: true, id: 'spiffe://example.org/prod/ns/shop/sa/web' })
  expect(validateX509Svid(await issue(second, key), () => bundle, new Date())).toMatchObject({ ok: true })
}, 180_000)

function bundleOf(root: string): Bundle {
  const name = parseTrustDomain('example.org')
  const parsed = name.ok ? parseBundle(name.trustDomain, '{"keys":[]}') : name
  if (!parsed.ok) throw new Error(parsed.reason)
  return { ...parsed.bundle, x509Authorities: [Buffer.from(root, 'base64')] }
}

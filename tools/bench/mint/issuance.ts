import { create, toBinary } from '@bufbuild/protobuf'
import { agentApi } from '@mintmark/contract/grpc'
import { generateWorkloadKey, writeCsr } from '@mintmark/spiffe'
import type { BenchDomain, BenchServer } from './domain.ts'
import { type IssuingClient, openIssuingClient } from './issuing-client.ts'
import { opensslRates } from './openssl.ts'
import { count, type Section } from './report.ts'
import { bestRate, repeat } from './settled.ts'

const BATCH_ITEMS = 500
/** Batches of one round, and rounds of which the best counts. */
const BATCHES = 30
const ROUNDS = 4
/** Different requests, sent in turn. */
const REQUESTS = 4
/** Calls under way at once, so that the server never waits for the client. */
const TOGETHER = 3

const { issueX509, issueJwt } = agentApi.AgentService.method

/** What an agent sends of a pod with a label. */
function attributesOf(index: number): agentApi.Attribute[] {
  const attributes = {
    'kubernetes.pod.namespace': `team-${index % 20}`,
    'kubernetes.pod.service_account': `service-${index}`,
    'kubernetes.pod.name': `service-${index}-7c5d8f9b66-x2x${index % 10}v`,
    'kubernetes.pod.uid': `3f2a9e14-9a51-4c1e-8f00-${String(index).padStart(12, '0')}`,
    'kubernetes.container.name': 'main',
    'kubernetes.pod.label.app': `service-${index}`,
    'linux.user.id': '1000',
    'linux.group.id': '1000',
  }
  return Object.entries(attributes).map(([name, value]) => create(agentApi.AttributeSchema, { name, value }))
}

function x509Request(isProven: boolean, first: number): Buffer {
  const items = Array.from({ length: BATCH_ITEMS }, (_, index) => {
    const key = generateWorkloadKey()
    const proof = isProven ? ({ case: 'csr', value: writeCsr({ key }) } as const) : ({ case: 'publicKey', value: key.publicKey } as const)
    return create(agentApi.X509ItemSchema, { attributes: attributesOf(first + index), key: proof })
  })
  return Buffer.from(toBinary(agentApi.IssueX509RequestSchema, create(agentApi.IssueX509RequestSchema, { items })))
}

function jwtRequest(first: number): Buffer {
  const items = Array.from({ length: BATCH_ITEMS }, (_, index) =>
    create(agentApi.JwtItemSchema, { attributes: attributesOf(first + index), audience: [`https://audience-${index}.example.org`] }),
  )
  return Buffer.from(toBinary(agentApi.IssueJwtRequestSchema, create(agentApi.IssueJwtRequestSchema, { items })))
}

const requestsOf = (make: (first: number) => Buffer): readonly Buffer[] => Array.from({ length: REQUESTS }, (_, index) => make(index * BATCH_ITEMS))

/** SVIDs a second of processor time of the server. Every answer is looked at: a refusal ends the bench. */
async function rateOf(
  server: BenchServer,
  requests: readonly Buffer[],
  call: (request: Buffer) => Promise<{ readonly results: readonly { readonly code: number; readonly message: string; readonly svids: readonly object[] }[] }>,
): Promise<number> {
  const batch = async (index: number): Promise<void> => {
    const { results } = await call(requests[index % requests.length] ?? Buffer.alloc(0))
    const refused = results.find(({ code, svids }) => code !== 0 || svids.length !== 1)
    if (refused !== undefined || results.length !== BATCH_ITEMS) throw new Error(`The server refused a workload of the bench: ${refused?.message}`)
  }
  // The compiler of V8 has seen everything by then.
  await repeat(BATCHES, TOGETHER, batch)
  return bestRate(server, ROUNDS, async () => {
    await repeat(BATCHES, TOGETHER, batch)
    return BATCHES * BATCH_ITEMS
  })
}

/** Rows of issuance over the wire. */
export async function measureIssuance(domain: BenchDomain, server: BenchServer): Promise<Section> {
  const pathTemplate = '/ns/{{kubernetes.pod.namespace}}/sa/{{kubernetes.pod.service_account}}'
  const cluster = await domain.addCluster({ name: 'issuance', platform: 'k8s', pathTemplate, x509Seconds: 3_600 })
  const client: IssuingClient = await openIssuingClient(server.endpoint, await domain.rootsPem(), cluster)
  const x509 = (request: Buffer): Promise<agentApi.IssueX509Response> => client.call(issueX509, request)
  const jwt = (request: Buffer): Promise<agentApi.IssueJwtResponse> => client.call(issueJwt, request)
  const before = await opensslRates()
  const proven = await rateOf(
    server,
    requestsOf((first) => x509Request(true, first)),
    x509,
  )
  const vouched = await rateOf(
    server,
    requestsOf((first) => x509Request(false, first)),
    x509,
  )
  const tokens = await rateOf(server, requestsOf(jwtRequest), jwt)
  const after = await opensslRates()
  client.close()
  const best =
    before === undefined || after === undefined ? undefined : { sign: Math.max(before.sign, after.sign), verify: Math.max(before.verify, after.verify) }
  const share = best === undefined ? undefined : vouched / best.sign
  return {
    title: 'Issuance over the wire, per second of processor time of the server',
    rows: [
      {
        what: 'X.509-SVIDs in batches of 500 over mutual TLS, proof of possession checked',
        spire: '2,700',
        measured: count(proven),
        bar: '5,000',
        isReached: proven >= 5_000,
      },
      { what: 'same, key vouched for by the channel', spire: '', measured: count(vouched), bar: '15,000', isReached: vouched >= 15_000 },
      {
        what: 'same, as share of what `openssl speed ecdsap256` signs',
        spire: '',
        measured: share === undefined ? 'no openssl' : `${(100 * share).toFixed(0)} %`,
        bar: '40 %',
        isReached: share === undefined ? undefined : share >= 0.4,
      },
      { what: 'JWT-SVIDs (ES256), batches of 500', spire: '2,100-2,650', measured: count(tokens), bar: '6,000', isReached: tokens >= 6_000 },
    ],
    notes: [
      `The best of ${ROUNDS} rounds of ${count(BATCHES * BATCH_ITEMS)}. The server is a process of its own on PostgreSQL; its time includes TLS, gRPC, policy, signing, and writing one event for each SVID into the database. Pods have eight attributes.`,
      best === undefined
        ? 'openssl was not found, so there is no ratio.'
        : `OpenSSL in the same run: ${count(best.sign)} signatures, ${count(best.verify)} verifications a second.`,
    ],
  }
}

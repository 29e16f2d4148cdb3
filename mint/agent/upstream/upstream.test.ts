import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHash, X509Certificate } from 'node:crypto'
import { create } from '@bufbuild/protobuf'
import { Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js'
import { agentApi, serviceDefinition } from '@mintmark/contract/grpc'
import { readCsr } from '@mintmark/spiffe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import { createAgentLog } from '../log.ts'
import { workloadOf } from '../workload.ts'
import { createBackOff } from './back-off.ts'
import { addressOf, authorityOf } from './channel/address.ts'
import { channelSecurity, makeChannelCertificate } from './credentials.ts'
import { gatherEvidence } from './evidence.ts'
import { readX509, wishX509 } from './issue.ts'
import type { UpstreamSettings } from './settings.ts'
import { createUpstream, type Upstream } from './upstream.ts'

let folder: string
const closers: (() => void)[] = []
const lines: Record<string, unknown>[] = []
const log = createAgentLog({ level: 'debug', write: (line) => void lines.push(JSON.parse(line)) })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mint-upstream-'))
  lines.length = 0
})

afterEach(() => {
  for (const close of closers.splice(0)) close()
  rmSync(folder, { recursive: true })
})

/** A certificate for 127.0.0.1 that no system trusts, made by the command line of OpenSSL. */
function makeServerCertificate(): { readonly key: Buffer; readonly certificate: Buffer } {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      key,
      '-out',
      certificate,
      '-days',
      '2',
      '-subj',
      '/CN=td-server',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
    ],
    { stdio: 'ignore' },
  )
  return { key: readFileSync(key), certificate: readFileSync(certificate) }
}

function settings(changes: Partial<UpstreamSettings>): UpstreamSettings {
  const tokenPath = join(folder, 'token')
  writeFileSync(tokenPath, 'first\n')
  return {
    endpoints: ['127.0.0.1:1'],
    tls: true,
    connectionMaxAgeMs: 1_800_000,
    clusterId: 'c-1',
    evidence: [{ type: 'k8s_token', tokenPath }],
    nodeName: 'node-1',
    platform: 'k8s',
    agentVersion: '0.1.0',
    instanceId: 'one',
    requireProofOfPossession: false,
    ...changes,
  }
}

async function startTlsServer(onAttest: (thumbprint: string | undefined) => void): Promise<{ readonly endpoint: string; readonly roots: string }> {
  const { key, certificate } = makeServerCertificate()
  const server = new Server({ 'grpc.enable_channelz': 0 })
  server.addService(serviceDefinition(agentApi.AgentService), {
    attest(call: ServerUnaryCall<agentApi.AttestRequest, agentApi.AttestResponse>, callback: sendUnaryData<agentApi.AttestResponse>) {
      const peer = call.getAuthContext().sslPeerCertificate
      onAttest(peer === undefined ? undefined : createHash('sha256').update(peer.raw).digest('base64url'))
      callback({ code: status.PERMISSION_DENIED, details: 'No policy of the cluster is passed.' })
    },
  })
  // Asks for a certificate, and leaves it to the service what to make of it.
  const credentials = ServerCredentials.createSsl(null, [{ private_key: key, cert_chain: certificate }], false)
  Reflect.set(credentials, 'requestCert', true)
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error === null ? resolve(bound) : reject(error))),
  )
  closers.push(() => server.forceShutdown())
  return { endpoint: `127.0.0.1:${port}`, roots: certificate.toString() }
}

async function open(changes: Partial<UpstreamSettings>): Promise<Upstream> {
  const upstream = await createUpstream({
    settings: settings(changes),
    clock: systemClock,
    random: Math.random,
    log,
    identities: () => 0,
    trustedPem: () => '',
    onState: () => undefined,
  })
  closers.push(upstream.close)
  return upstream
}

const WORKLOAD = workloadOf(new Map([['linux.user.id', '1']]))

describe('the channel', () => {
  test('a server that only the supplemental roots vouch for is reached with them and not without', async () => {
    let attestations = 0
    const { endpoint, roots } = await startTlsServer(() => (attestations += 1))
    const trusting = await open({ endpoints: [endpoint], supplementalRootsPem: roots })
    await expect(trusting.issueX509(WORKLOAD)).rejects.toMatchObject({ code: status.PERMISSION_DENIED, message: 'No policy of the cluster is passed.' })
    expect(attestations).toBe(1)
    const wary = await open({ endpoints: [endpoint] })
    await expect(wary.issueX509(WORKLOAD)).rejects.toMatchObject({ code: status.UNAVAILABLE })
    expect(attestations).toBe(1)
  })

  test('TLS is left out only by name, and that is a warning', async () => {
    const certificate = await makeChannelCertificate(new Date())
    channelSecurity(settings({ tls: false }), certificate, () => '', log.logger('agent.upstream'))
    expect(lines).toMatchObject([{ level: 'warn', setting: 'SPIRL_ENDPOINT_ENABLE_TLS=false' }])
  })

  test("the agent's own certificate is good for client authentication, and the thumbprint is that of its DER form", async () => {
    const { certificatePem, thumbprint } = await makeChannelCertificate(new Date())
    const certificate = new X509Certificate(certificatePem)
    expect(createHash('sha256').update(certificate.raw).digest('base64url')).toBe(thumbprint)
    expect(certificate.keyUsage).toContain('1.3.6.1.5.5.7.3.2')
    expect(certificate.ca).toBe(false)
  })

  test.each([
    ['td.example.org', { host: 'td.example.org', port: 443 }, 'td.example.org:443'],
    ['td.example.org:8443', { host: 'td.example.org', port: 8443 }, 'td.example.org:8443'],
    ['[::1]:8443', { host: '::1', port: 8443 }, '[::1]:8443'],
    ['[::1]', { host: '::1', port: 443 }, '[::1]:443'],
    ['unix:/run/td.sock', { path: '/run/td.sock' }, 'localhost'],
    ['unix:///run/td.sock', { path: '/run/td.sock' }, 'localhost'],
  ])('the endpoint %s is dialled as %j and named %s', (endpoint, address, authority) => {
    expect(addressOf(endpoint)).toEqual(address)
    expect(authorityOf(addressOf(endpoint))).toBe(authority)
  })
})

describe('evidence', () => {
  test('a token file is read anew at every attestation; one that is missing is named, and nothing of it is told', async () => {
    const { evidence } = settings({})
    const path = join(folder, 'token')
    expect(Buffer.from((await gatherEvidence(evidence, new Date(), undefined))[0]?.payload ?? []).toString()).toBe('first')
    writeFileSync(path, 'second')
    expect(Buffer.from((await gatherEvidence(evidence, new Date(), undefined))[0]?.payload ?? []).toString()).toBe('second')
    rmSync(path)
    await expect(gatherEvidence(evidence, new Date(), undefined)).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
      message: expect.stringContaining(path),
    })
  })
})

describe('issuance', () => {
  test("with proof of possession asked for, a request signed by the workload's key travels instead of the bare key", () => {
    const { item } = wishX509(WORKLOAD, true)
    expect(item.key.case === 'csr' && readCsr(item.key.value).ok).toBe(true)
    expect(wishX509(WORKLOAD, false).item.key.case).toBe('publicKey')
  })

  test.each([
    ['a refusal', { code: status.PERMISSION_DENIED, message: 'No policy matches.' }, status.PERMISSION_DENIED],
    ['nothing', {}, status.PERMISSION_DENIED],
    ['a certificate that is none', { svids: [{ spiffeId: 'spiffe://one.test/a', certificates: [Buffer.from('x')] }] }, status.INTERNAL],
    ['no certificate', { svids: [{ spiffeId: 'spiffe://one.test/a', certificates: [] }] }, status.INTERNAL],
  ])('an answer with %s becomes a refusal', (_what, result, code) => {
    const wish = wishX509(WORKLOAD, false)
    expect(() => readX509(wish, create(agentApi.X509ResultSchema, result))).toThrow(expect.objectContaining({ code }))
  })

  test('a certificate of another identity than it is said to be is never handed on', async () => {
    const { certificatePem } = await makeChannelCertificate(new Date())
    const result = create(agentApi.X509ResultSchema, { svids: [{ spiffeId: 'spiffe://one.test/a', certificates: [new X509Certificate(certificatePem).raw] }] })
    expect(() => readX509(wishX509(WORKLOAD, false), result)).toThrow('a certificate of another identity')
  })
})

test('waits double up to the longest and start again after a success', () => {
  const backOff = createBackOff({ firstMs: 100, longestMs: 350 }, () => 0.5)
  expect([backOff.next(), backOff.next(), backOff.next(), backOff.next()]).toEqual([100, 200, 350, 350])
  backOff.reset()
  expect(backOff.next()).toBe(100)
})

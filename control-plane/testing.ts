import { createHash, randomUUID } from 'node:crypto'
import { Writable } from 'node:stream'
import { createClient, signAssertion, type Client, type ScannerKeyFile } from '@mintmark/contract/http'
import { formatScanLine, LIMITS, type ScanEvent, type ScanHeader } from '@mintmark/contract/scan'
import type { FingerprintKey } from '@mintmark/ledger/model'
import type { Derivation, Store } from '@mintmark/storage'
import { createControlPlane, createDerivation, createIntegration, createLog, createOneTimeCode, type ControlPlane } from './index.ts'

/** Address that clients of tests use; nothing listens there, requests go to the application directly. */
export const TEST_SERVER = 'http://127.0.0.1:7420'

/** A control plane without a socket, on a real store, with everything that was logged. */
export interface TestPlane extends ControlPlane {
  readonly store: Store
  readonly logged: () => string
  /** Sends a request as a browser or a tool would. */
  request(
    method: string,
    path: string,
    init?: { readonly headers?: Record<string, string>; readonly body?: string | Uint8Array<ArrayBuffer> },
  ): Promise<Response>
  client(token?: string): Client
  administrator(): Promise<string>
  scanner(name: string): Promise<{ readonly key: ScannerKeyFile; readonly token: string; readonly integrationId: string }>
}

/** What a test gives it of its own; `clock` is the server's. */
export interface TestPlaneOptions {
  readonly clock?: () => Date
  readonly derivation?: Derivation
  readonly fingerprintKey?: FingerprintKey
}

/** Builds one. */
export function createTestPlane(store: Store, { clock = () => new Date(), derivation = createDerivation(), fingerprintKey }: TestPlaneOptions = {}): TestPlane {
  let text = ''
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  const plane = createControlPlane({
    store,
    derivation,
    clock,
    fingerprintKey,
    log: createLog({ level: 'debug', format: 'json', destination }),
    publicUrl: () => TEST_SERVER,
  })
  const client = (token?: string): Client =>
    createClient({
      server: TEST_SERVER,
      ...(token === undefined ? {} : { token }),
      fetch: async (input, init) => plane.app.fetch(new Request(input, withHost(init))),
    })
  return {
    ...plane,
    store,
    logged: () => text,
    client,
    async request(method, path, init = {}) {
      return plane.app.fetch(
        new Request(`${TEST_SERVER}${path}`, withHost({ method, headers: init.headers ?? {}, ...(init.body === undefined ? {} : { body: init.body }) })),
      )
    },
    async administrator() {
      const { code } = await createOneTimeCode(store.access, clock())
      const { token } = await client().createSession({ body: { code } })
      if (token === undefined) throw new Error('No token was given')
      return token
    },
    async scanner(name) {
      const { integration, key } = await createIntegration(store.integrations, { kind: 'kubernetes', name, now: clock() })
      const file = { integrationId: integration.id, keyId: key.id, privateKeyPem: key.privateKeyPem }
      const { accessToken } = await client().createScannerToken({ body: { assertion: await signAssertion(file, clock()) } })
      return { key: file, token: accessToken, integrationId: integration.id }
    },
  }
}

/** Requests made in a process carry no Host header, which every real one does. */
function withHost(init: RequestInit = {}): RequestInit {
  const headers = new Headers(init.headers)
  headers.set('host', new URL(TEST_SERVER).host)
  return { ...init, headers }
}

/** The first line of a scan. */
export function scanHeader(changes: Partial<ScanHeader> = {}): ScanHeader {
  return {
    type: 'scan',
    version: LIMITS.documentVersion,
    scanId: randomUUID(),
    connector: 'kubernetes',
    source: { key: 'cluster-1', name: 'cluster-1' },
    mode: 'full',
    startedAt: '2026-05-01T10:00:00.000Z',
    scanner: { version: '0.1.0', rules: 'test' },
    fingerprintKeyId: '0123456789abcdef',
    ...changes,
  }
}

/** A cluster with one ConfigMap whose password nobody uses: the least that makes an inventory. `name` tells secrets apart. */
export function scanEvents(names: readonly string[], cluster = 'cluster-1'): ScanEvent[] {
  const absent = { state: 'absent' as const, evidence: 'not there' }
  const mint = { agent: absent, controller: absent, csiDriver: absent, reflector: absent }
  return [
    {
      type: 'observation',
      collection: 'cluster',
      namespace: '',
      object: '',
      observation: { entity: 'cluster', key: cluster, name: cluster, platform: { kind: 'unknown', evidence: [] }, mint },
    },
    ...names.map((name): ScanEvent => ({
      type: 'observation',
      collection: 'configmaps',
      namespace: 'shop',
      object: name,
      observation: occurrence(cluster, name),
    })),
    ...['cluster', 'configmaps', 'secrets', 'deployments', 'statefulsets', 'daemonsets', 'cronjobs', 'jobs', 'serviceaccounts', 'namespaces', 'nodes'].map(
      (collection): ScanEvent => ({ type: 'coverage', collection, scope: {}, coverage: { state: 'complete' }, objects: 1 }),
    ),
  ]
}

function occurrence(cluster: string, name: string) {
  return {
    entity: 'occurrence' as const,
    key: `${cluster}/shop/ConfigMap/${name}#data[password]##1:1#password`,
    object: { kind: 'ConfigMap', namespace: 'shop', name },
    path: 'data[password]',
    entry: 'password',
    position: { line: 1, column: 1, length: 9 },
    encoding: [],
    exposure: 'configmap' as const,
    finding: {
      kind: 'password',
      role: 'secret' as const,
      provider: 'generic',
      confidence: 'medium' as const,
      rule: 'password-name',
      fingerprint: createHash('sha256').update(`${cluster} ${name}`).digest('hex'),
      attributes: {},
      reasons: ['its name says so'],
    },
  }
}

/** Scan lines as a chunk's body. */
export function chunkBody(events: readonly ScanEvent[]): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(events.map((event) => `${formatScanLine(event)}\n`).join(''))
}

/** Value of Content-Digest. */
export function contentDigest(body: Uint8Array): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
}

/** Sends a whole scan by the scanner's client. @returns the scan as it ends */
export async function sendScan(client: Client, header: ScanHeader, events: readonly ScanEvent[], linesPerChunk = 1_000) {
  const { nextSequence } = await client.beginScan({ body: header })
  const chunks = Math.ceil(events.length / linesPerChunk)
  for (let sequence = nextSequence; sequence < chunks; sequence += 1) {
    const body = chunkBody(events.slice(sequence * linesPerChunk, (sequence + 1) * linesPerChunk))
    await client.appendChunk({ params: { scanId: header.scanId, sequence }, headers: { 'content-digest': contentDigest(body) }, body })
  }
  return client.endScan({
    params: { scanId: header.scanId },
    query: { waitSeconds: 30 },
    body: { type: 'end', finishedAt: '2026-05-01T10:01:00.000Z', lines: events.length },
  })
}

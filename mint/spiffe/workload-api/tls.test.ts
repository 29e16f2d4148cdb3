import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect, createServer as createTlsServer, type Server, type TLSSocket } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { generateWorkloadKey, prepareLeafWriter, randomSerial, type Bundle, type TrustDomain, type X509Svid } from '@mintmark/spiffe'
import { atOnce, exampleTrustDomain, HOUR_MS, idOf, type ExampleTrustDomain } from '@mintmark/spiffe/testing'
import { authorizeAny, authorizeId, authorizeMemberOf, type Authorize } from './authorize.ts'
import { createListeners } from './listeners.ts'
import { httpsAgent, peerIdOf, secureServer, tlsClientOptions, tlsServerOptions, type TlsSource } from './tls.ts'

const now = new Date()
const domain = exampleTrustDomain('example.org', { now })
const other = exampleTrustDomain('other.org', { now })
const stranger = exampleTrustDomain('stranger.org', { now })

/** A source whose identity and bundles the test changes. */
function sourceOf(
  first: X509Svid,
  ...domains: readonly ExampleTrustDomain[]
): TlsSource & { rotate(svid: X509Svid, ...domains: readonly ExampleTrustDomain[]): void } {
  const listeners = createListeners()
  let svid = first
  let bundles: readonly Bundle[] = domains.map(({ bundle }) => bundle)
  return {
    svid: () => svid,
    bundles: () => bundles,
    bundleOf: (trustDomain: TrustDomain) => bundles.find((bundle) => bundle.trustDomain === trustDomain),
    subscribe: listeners.add,
    rotate: (next, ...nextDomains) => {
      svid = next
      bundles = nextDomains.map(({ bundle }) => bundle)
      listeners.tell()
    },
  }
}

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  return (server.address() as AddressInfo).port
}

/** A server that greets whoever it lets in by name. */
async function greeter(source: TlsSource, authorize: Authorize): Promise<{ port: number; refusals: string[] }> {
  const refusals: string[] = []
  const server = createTlsServer(tlsServerOptions(source), (socket) => socket.end(`hello ${peerIdOf(socket)}`))
  closing.push(secureServer(server, source, authorize, (reason) => refusals.push(reason)))
  return { port: await listen(server), refusals }
}

/** What the server said, or why there was nothing. */
function greet(port: number, source: TlsSource, authorize: Authorize, inspect?: (socket: TLSSocket) => void): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', ...tlsClientOptions(source, authorize) })
    let text = ''
    socket.on('secureConnect', () => inspect?.(socket))
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.on('error', (error) => resolve(`error: ${error.message}`))
    socket.on('close', () => resolve(text === '' ? 'closed' : text))
  })
}

describe('TLS between workloads', () => {
  const server = () => sourceOf(domain.issue('/server'), domain, other)
  const client = () => sourceOf(other.issue('/client'), domain, other)

  test('of federated trust domains works, and each end knows the other by its SPIFFE ID', async () => {
    const { port } = await greeter(server(), authorizeMemberOf(other.trustDomain))
    expect(await greet(port, client(), authorizeId(idOf('spiffe://example.org/server')))).toBe('hello spiffe://other.org/client')
  })

  test('a client that is not authorized, or of an unknown trust domain, gets nothing', async () => {
    const { port, refusals } = await greeter(server(), authorizeId(idOf('spiffe://other.org/admin')))
    expect(await greet(port, client(), authorizeAny())).not.toContain('hello')
    expect(refusals[0]).toContain('spiffe://other.org/client is not the expected peer')
    const open = await greeter(server(), authorizeAny())
    expect(await greet(open.port, sourceOf(stranger.issue('/x'), domain, stranger), authorizeAny())).not.toContain('hello')
  })

  test('a server that is not the expected one is refused before anything is sent', async () => {
    const { port } = await greeter(server(), authorizeAny())
    expect(await greet(port, client(), authorizeId(idOf('spiffe://example.org/bank')))).toContain('is not the expected peer')
    expect(await greet(port, sourceOf(other.issue('/client'), other), authorizeAny())).toContain('error')
  })

  test('rule 22: a trusted trust domain cannot speak for another one', async () => {
    const key = generateWorkloadKey()
    const forged = atOnce(
      prepareLeafWriter(other.issuer)({
        id: idOf('spiffe://example.org/server'),
        publicKey: key.publicKey,
        serial: randomSerial(),
        notBefore: now,
        notAfter: new Date(now.getTime() + HOUR_MS),
      }),
    )
    const impostor: X509Svid = { ...domain.issue('/server'), certificates: [forged, other.intermediate], privateKey: key.privateKey }
    const { port } = await greeter(sourceOf(impostor, domain, other), authorizeAny())
    expect(await greet(port, client(), authorizeAny())).toContain('The server is refused')
    const { port: honest, refusals } = await greeter(server(), authorizeAny())
    expect(await greet(honest, sourceOf(impostor, domain, other), authorizeAny())).not.toContain('hello')
    expect(refusals[0]).toContain('no root')
  })

  test('follows rotation: new connections are made with the new identity and the new bundles', async () => {
    const serving = server()
    const { port } = await greeter(serving, authorizeAny())
    const serials: string[] = []
    const note = (socket: TLSSocket): void => void serials.push(socket.getPeerCertificate().serialNumber)
    expect(await greet(port, client(), authorizeAny(), note)).toContain('hello')
    serving.rotate(domain.issue('/server'), domain, other)
    expect(await greet(port, client(), authorizeAny(), note)).toContain('hello')
    expect(new Set(serials).size).toBe(2)
    serving.rotate(domain.issue('/server'), domain)
    expect(await greet(port, client(), authorizeAny())).not.toContain('hello')
  })

  test('a session is never resumed', async () => {
    const { port } = await greeter(server(), authorizeAny())
    let session: Buffer | undefined
    const first = new Promise<void>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', ...tlsClientOptions(client(), authorizeAny()) })
      socket.on('session', (bytes) => (session = bytes))
      socket.on('close', () => resolve())
      socket.resume()
    })
    await first
    const reused = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', ...tlsClientOptions(client(), authorizeAny()), ...(session && { session }) })
      socket.on('secureConnect', () => resolve(socket.isSessionReused()))
      socket.on('error', () => resolve(false))
      socket.resume()
    })
    expect(reused).toBe(false)
  })

  test('a server that was not secured is closed to everybody', async () => {
    const port = await listen(createTlsServer(tlsServerOptions(server()), (socket) => socket.end('hello')))
    expect(await greet(port, client(), authorizeAny())).not.toContain('hello')
  })

  test('works beneath https, with an agent that takes the newest identity', async () => {
    const serving = server()
    const https = createServer(tlsServerOptions(serving), (incoming, outgoing) => outgoing.end(peerIdOf(incoming.socket)))
    closing.push(secureServer(https, serving, authorizeMemberOf(other.trustDomain)))
    const port = await listen(https)
    const calling = client()
    const agent = httpsAgent(calling, authorizeId(idOf('spiffe://example.org/server')))
    closing.push(() => agent.destroy())
    const call = (): Promise<string> =>
      new Promise((resolve, reject) => {
        request({ port, host: '127.0.0.1', agent }, (response) => {
          response.setEncoding('utf8')
          response.on('data', resolve)
        })
          .on('error', reject)
          .end()
      })
    expect(await call()).toBe('spiffe://other.org/client')
    calling.rotate(other.issue('/renamed'), domain, other)
    expect(await call()).toBe('spiffe://other.org/renamed')
  })
})

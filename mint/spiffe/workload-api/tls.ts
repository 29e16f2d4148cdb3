import { Buffer } from 'node:buffer'
import { constants } from 'node:crypto'
import { Agent } from 'node:https'
import type { ConnectionOptions, DetailedPeerCertificate, PeerCertificate, SecureContextOptions, Server, TlsOptions, TLSSocket } from 'node:tls'
import { certificatesToPem, refuse, validateX509Svid, type Bundle, type Checked, type SpiffeId, type X509Svid } from '@mintmark/spiffe'
import type { Authorize } from './authorize.ts'
import type { X509Source } from './sources.ts'

/** Certificates of a peer that are looked at. */
const CHAIN_CERTIFICATES_MAX = 16

/** What a TLS peer is verified with. */
export type TrustSource = Pick<X509Source, 'bundleOf' | 'bundles'>
/** What TLS needs of a source; a server that issues its own identity can give it, too. */
export type TlsSource = TrustSource & Pick<X509Source, 'svid' | 'subscribe'>

/**
 * Resumption is off: a resumed session would skip the bundles, and with them every rotation and every taint since it began.
 * TLS 1.2 is the least (SPIFFE Federation section 5.2.1: Mozilla "intermediate").
 */
const HARDENED = { minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET } as const

/**
 * Options for `tls.createServer`, `https.createServer` and `http2.createSecureServer`: this workload's SVID, and a demand for the client's.
 * Until {@link secureServer} is called on the server it trusts nobody and refuses every client.
 */
export function tlsServerOptions(source: TlsSource): TlsOptions {
  return { ...ownIdentity(source.svid()), ...HARDENED, ca: [], requestCert: true, rejectUnauthorized: true }
}

/** Sockets whose peers were validated, with the identity of each. */
const identities = new WeakMap<object, SpiffeId>()

/** The SPIFFE ID of the client behind a socket that {@link secureServer} let through. */
export function peerIdOf(socket: object): SpiffeId | undefined {
  return identities.get(socket)
}

/**
 * Lets only authorized workloads reach a TLS server, and follows rotation: connections that come after a new SVID or bundle are made with it.
 * Called once, before the server listens: whoever listens for `secureConnection` already (as https and http2 servers do) hears of validated peers only.
 *
 * @returns what ends the following of rotation
 */
export function secureServer(server: Server, source: TlsSource, authorize: Authorize, onRefused?: (reason: string, socket: TLSSocket) => void): () => void {
  const handlers = server.listeners('secureConnection')
  server.removeAllListeners('secureConnection')
  server.on('secureConnection', (socket) => {
    const checked = socket.isSessionReused() ? refuse('the client resumed a session') : checkPeer(socket.getPeerCertificate(true), source, authorize)
    if (!checked.ok) {
      onRefused?.(checked.reason, socket)
      socket.destroy()
      return
    }
    identities.set(socket, checked.id)
    for (const handler of handlers) Reflect.apply(handler, server, [socket])
  })
  const renew = (): void => server.setSecureContext({ ...ownIdentity(source.svid()), ...trusted(source), ...HARDENED })
  renew()
  return source.subscribe(renew)
}

/**
 * Options for `tls.connect` and `https.request`: this workload's SVID, and a demand that the server be an authorized workload.
 * The server's DNS name means nothing. Made anew for every connection, so that each has the newest SVID; see {@link httpsAgent}.
 */
export function tlsClientOptions(source: TlsSource, authorize: Authorize): ConnectionOptions {
  return { ...ownIdentity(source.svid()), ...verifyingOptions(source, authorize) }
}

/** The part of a client's options that verifies the server; alone for a client that has no identity to show. */
export function verifyingOptions(source: TrustSource, authorize: Authorize): ConnectionOptions {
  return {
    ...HARDENED,
    ...trusted(source),
    rejectUnauthorized: true,
    // Called after OpenSSL found a path to any of the roots; here it must lead to a root of the peer's own trust domain.
    checkServerIdentity: (_host, certificate) => {
      const checked = checkPeer(certificate, source, authorize)
      return checked.ok ? undefined : new Error(`The server is refused: ${checked.reason}.`)
    },
  }
}

/** An agent for `https.request` that meets authorized workloads only, keeps no sessions and takes the newest SVID for every connection. */
export function httpsAgent(source: TlsSource, authorize: Authorize): Agent {
  return new RotatingAgent(() => tlsClientOptions(source, authorize))
}

class RotatingAgent extends Agent {
  readonly #options: () => ConnectionOptions

  constructor(options: () => ConnectionOptions) {
    super({ maxCachedSessions: 0 })
    this.#options = options
  }

  override createConnection(...[options, callback]: Parameters<Agent['createConnection']>): ReturnType<Agent['createConnection']> {
    return super.createConnection({ ...options, ...this.#options() }, callback)
  }
}

function ownIdentity(svid: X509Svid): SecureContextOptions {
  return { cert: certificatesToPem(svid.certificates), key: keyToPem(svid.privateKey) }
}

function keyToPem(pkcs8: Uint8Array): string {
  const lines =
    Buffer.from(pkcs8)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n')
}

/** The roots of all trusted trust domains together: a first sieve only, as one domain's root must not vouch for another's workloads. */
function trusted(source: TrustSource): SecureContextOptions {
  const roots = [...source.bundles()].flatMap((bundle: Bundle) => bundle.x509Authorities)
  return { ca: roots.map((root) => certificatesToPem([root])), allowPartialTrustChain: true }
}

/** Validates the chain that a peer sent and asks whether it may. */
function checkPeer(certificate: PeerCertificate | DetailedPeerCertificate, source: TrustSource, authorize: Authorize): Checked<{ id: SpiffeId }> {
  const checked = validateX509Svid(chainOf(certificate), (trustDomain) => source.bundleOf(trustDomain), new Date())
  if (!checked.ok) return checked
  const problem = authorize(checked.id)
  return problem === undefined ? checked : refuse(problem)
}

/** Node links each certificate to its issuer; a root is linked to itself. */
function chainOf(leaf: PeerCertificate | DetailedPeerCertificate): Uint8Array[] {
  const chain: Uint8Array[] = []
  const seen = new Set<string>()
  let next: PeerCertificate | DetailedPeerCertificate | undefined = leaf
  while (next?.raw !== undefined && !seen.has(next.fingerprint256) && chain.length < CHAIN_CERTIFICATES_MAX) {
    seen.add(next.fingerprint256)
    chain.push(next.raw)
    next = 'issuerCertificate' in next ? next.issuerCertificate : undefined
  }
  return chain
}

import type { Authority } from '@mintmark/mint/authority'
import { certificatesToPem, generateWorkloadKey, randomSerial, spiffeId, writeLeaf } from '@mintmark/spiffe'
import { describeError, type ServerLog } from '../log.ts'

/** Path of the server's own SPIFFE ID in its trust domain. */
const SERVER_PATH = '/spirl/server'
/** Seconds that a certificate of the server itself lives; it is renewed at the half. */
const CERTIFICATE_SECONDS = 86_400
const BACKDATE_SECONDS = 60
/** Milliseconds between looks at whether it is time. */
const CHECK_MS = 30_000

/** What a TLS listener shows. */
export interface TlsIdentity {
  readonly key: string
  readonly cert: string
}

/** A certificate for the server from its own authority, kept fresh. */
export interface ServerIdentity {
  current(): TlsIdentity
  /** Called with each new one. */
  subscribe(listener: (identity: TlsIdentity) => void): void
  close(): void
}

/**
 * Certificates with SPIFFE id `/spirl/server` and the names that agents dial, renewed at half of their life and at every change of the issuing certificate.
 */
export async function createServerIdentity(
  options: { readonly authority: Authority; readonly dnsNames: readonly string[]; readonly ipAddresses: readonly string[]; readonly now: () => Date },
  log: ServerLog,
): Promise<ServerIdentity> {
  const listeners = new Set<(identity: TlsIdentity) => void>()
  let issued = await issue(options)
  let renewing = false

  async function renew(): Promise<void> {
    if (renewing) return
    renewing = true
    try {
      issued = await issue(options)
      for (const listener of listeners) listener(issued.identity)
    } catch (error) {
      log.error({ logger: 'server.tls', ...describeError(error) }, 'The certificate of the server could not be renewed; it is tried again')
    } finally {
      renewing = false
    }
  }

  const timer = setInterval(() => {
    if (options.now().getTime() >= issued.renewAtMs) void renew()
  }, CHECK_MS)
  timer.unref()
  const unsubscribe = options.authority.subscribe((snapshot) => {
    if (snapshot.issuer.certificate !== issued.issuer) void renew()
  })
  return {
    current: () => issued.identity,
    subscribe: (listener) => void listeners.add(listener),
    close: () => {
      clearInterval(timer)
      unsubscribe()
      listeners.clear()
    },
  }
}

async function issue({ authority, dnsNames, ipAddresses, now }: Parameters<typeof createServerIdentity>[0]) {
  const { issuer, issuerNotAfter, bundle } = authority.current()
  const key = generateWorkloadKey()
  const id = spiffeId(bundle.trustDomain, SERVER_PATH)
  if (!id.ok) throw new RangeError(id.reason)
  const nowMs = now().getTime()
  const notAfterMs = Math.min(nowMs + CERTIFICATE_SECONDS * 1000, issuerNotAfter.getTime())
  const leaf = await writeLeaf(issuer, {
    id: id.id,
    publicKey: key.publicKey,
    serial: randomSerial(),
    notBefore: new Date(nowMs - BACKDATE_SECONDS * 1000),
    notAfter: new Date(notAfterMs),
    dnsNames,
    ipAddresses,
  })
  const privateKey = `-----BEGIN PRIVATE KEY-----\n${Buffer.from(key.privateKey).toString('base64')}\n-----END PRIVATE KEY-----\n`
  return {
    identity: { key: privateKey, cert: certificatesToPem([leaf, ...issuer.intermediates]) },
    issuer: issuer.certificate,
    renewAtMs: nowMs + (notAfterMs - nowMs) / 2,
  }
}

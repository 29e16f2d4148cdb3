import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { checkServerIdentity, getCACertificates } from 'node:tls'
import { credentials, type ChannelCredentials, type VerifyOptions } from '@grpc/grpc-js'
import { certificatesToPem, generateWorkloadKey, localSigner, parseSpiffeId, parseTrustDomain, randomSerial, writeAuthority, writeLeaf } from '@mintmark/spiffe'
import type { Logger } from '../log.ts'
import { privateKeyToPem } from '../pem.ts'
import type { UpstreamSettings } from './settings.ts'

/** The name in the certificate that an agent makes for itself. It claims nothing: the server looks at the thumbprint only. */
const CHANNEL_TRUST_DOMAIN = 'agent-channel.invalid'
/** The certificate lives as long as the process; a new process makes a new one. */
const CERTIFICATE_DAYS = 3_650
const MS_PER_DAY = 86_400_000

/** A certificate that an agent makes for itself, so that its session can be bound to it (RFC 8705 section 3). */
export interface ChannelCertificate {
  readonly certificatePem: string
  readonly privateKeyPem: string
  /** SHA-256 of the DER form, base64url: what `cnf.x5t#S256` holds. */
  readonly thumbprint: string
}

/** Makes key and certificate. Nobody signs it: its only worth is that no one else can use it. */
export async function makeChannelCertificate(now: Date): Promise<ChannelCertificate> {
  const trustDomain = parseTrustDomain(CHANNEL_TRUST_DOMAIN)
  const id = parseSpiffeId(`spiffe://${CHANNEL_TRUST_DOMAIN}/agent`)
  if (!trustDomain.ok || !id.ok) throw new Error('The name of the agent channel is no trust domain.')
  const notBefore = new Date(now.getTime() - MS_PER_DAY)
  const notAfter = new Date(now.getTime() + CERTIFICATE_DAYS * MS_PER_DAY)
  const authorityKey = generateWorkloadKey()
  const signer = localSigner(authorityKey.privateKey)
  const authority = await writeAuthority({
    trustDomain: trustDomain.trustDomain,
    publicKey: authorityKey.publicKey,
    serial: randomSerial(),
    notBefore,
    notAfter,
    subject: [{ type: 'CN', value: `agent channel ${Buffer.from(randomSerial()).toString('hex')}` }],
    signer,
  })
  const key = generateWorkloadKey()
  const leaf = await writeLeaf(
    { signer, certificate: authority, intermediates: [] },
    { id: id.id, publicKey: key.publicKey, serial: randomSerial(), notBefore, notAfter },
  )
  return {
    certificatePem: certificatesToPem([leaf]),
    privateKeyPem: privateKeyToPem(key.privateKey),
    thumbprint: createHash('sha256').update(leaf).digest('base64url'),
  }
}

/** How a channel to one endpoint is opened. */
export interface ChannelSecurity {
  readonly credentials: ChannelCredentials
  readonly options: Readonly<Record<string, string>>
}

/** The name that is asked for where the endpoint is an address: TLS names servers, never addresses (RFC 6066 section 3). */
const UNNAMED_SERVER = 'trust-domain-server.invalid'

/**
 * TLS with the agent's own certificate, or none where it was switched off by name.
 * An endpoint that is an address must show a certificate for that address.
 *
 * @param trustedPem roots of the agent's own trust domain as it knows them now, PEM, asked at each dial: a server shows a certificate of its own authority,
 *   whose keys rotate, and what the agent was started with is true for a while only
 * @returns security by the host of an endpoint, with or without its port
 */
export function channelSecurity(
  settings: UpstreamSettings,
  certificate: ChannelCertificate,
  trustedPem: () => string,
  log: Logger,
): (endpoint: string) => ChannelSecurity {
  if (!settings.tls) {
    log.warn('TLS to the trust domain server is switched off; sessions and identities travel in clear', { setting: 'SPIRL_ENDPOINT_ENABLE_TLS=false' })
    const security = { credentials: credentials.createInsecure(), options: {} }
    return () => security
  }
  const key = Buffer.from(certificate.privateKeyPem)
  const chain = Buffer.from(certificate.certificatePem)
  return (endpoint) => {
    const roots = rootCertificates([settings.supplementalRootsPem ?? '', trustedPem()])
    const address = addressOf(endpoint)
    if (address === undefined) return { credentials: credentials.createSsl(roots, key, chain), options: {} }
    const verify: VerifyOptions = { checkServerIdentity: (_name, shown) => checkServerIdentity(address, shown) }
    return { credentials: credentials.createSsl(roots, key, chain, verify), options: { 'grpc.ssl_target_name_override': UNNAMED_SERVER } }
  }
}

/** The address of an endpoint that is one: `10.0.0.1:443`, `[::1]:443`, `10.0.0.1`. */
function addressOf(endpoint: string): string | undefined {
  const host = /^\[([^\]]+)\](?::\d+)?$/.exec(endpoint)?.[1] ?? endpoint.replace(/:\d+$/, '')
  return isIP(host) === 0 ? undefined : host
}

/** Null lets Node use its own roots, which are parsed once for the whole process. */
function rootCertificates(supplements: readonly string[]): Buffer | null {
  const supplemental = supplements.map((pem) => pem.trim()).filter((pem) => pem !== '')
  if (supplemental.length === 0) return null
  const roots = new Set([...getCACertificates('default'), ...getCACertificates('system'), ...supplemental])
  return Buffer.from([...roots].join('\n'))
}

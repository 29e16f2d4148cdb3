import { createHash } from 'node:crypto'
import { createSecureContext, getCACertificates } from 'node:tls'
import { certificatesToPem, generateWorkloadKey, localSigner, parseSpiffeId, parseTrustDomain, randomSerial, writeAuthority, writeLeaf } from '@mintmark/spiffe'
import type { Logger } from '../log.ts'
import { privateKeyToPem } from '../pem.ts'
import type { ChannelSecurity } from './channel/index.ts'
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

/**
 * TLS with the agent's own certificate, or none where it was switched off by name. An endpoint that is an address must show a certificate for that address.
 * The roots that are known by name are tried first, and those of the system beside them only where a server shows something else.
 *
 * @param trustedPem roots of the agent's own trust domain as it knows them now, PEM, asked at each dial: a server shows a certificate of its own authority,
 *   whose keys rotate, and what the agent was started with is true for a while only
 * @returns the security of a channel that is opened now
 */
export function channelSecurity(settings: UpstreamSettings, certificate: ChannelCertificate, trustedPem: () => string, log: Logger): () => ChannelSecurity {
  if (!settings.tls) {
    log.warn('TLS to the trust domain server is switched off; sessions and identities travel in clear', { setting: 'SPIRL_ENDPOINT_ENABLE_TLS=false' })
    return () => undefined
  }
  const own = { key: certificate.privateKeyPem, cert: certificate.certificatePem }
  return () => {
    const known = [settings.supplementalRootsPem ?? '', trustedPem()].map((pem) => pem.trim()).filter((pem) => pem !== '')
    // Without roots of its own a context has Node's, which are parsed once for the whole process.
    if (known.length === 0) return [() => createSecureContext(own)]
    return [() => createSecureContext({ ...own, ca: known.join('\n') }), () => createSecureContext({ ...own, ca: withSystemRoots(known) })]
  }
}

function withSystemRoots(known: readonly string[]): string {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...known])].join('\n')
}

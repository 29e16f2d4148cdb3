import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import {
  certificatesToPem,
  localSigner,
  parseTrustDomain,
  pemToCertificates,
  randomSerial,
  readCertificate,
  spiffeId,
  type TrustDomain,
  writeAuthority,
  writeLeaf,
} from '@mintmark/spiffe'
import { z } from 'zod'
import type { ServingCertificate } from './server.ts'

const DAY_MS = 86_400_000
/** Life of the authority that the API server trusts, in days. It is renewed at half of it. */
export const AUTHORITY_DAYS = 90
/** Life of a serving certificate. It is renewed at half of it, by each replica for itself. */
const SERVING_DAYS = 2
/** Clocks of a cluster differ a little. */
const BACKDATED_MS = 60_000
/** Certificates of these two are no SVIDs; the writer wants a name, and this one can belong to no trust domain that issues. */
const WEBHOOK_DOMAIN = requireTrustDomain('webhook.spirl-controller.internal')

const Authority = z.object({ certificate: z.string().max(8192), privateKey: z.string().max(8192) })

/**
 * What all replicas of the controller share, kept in a Secret: the authority that signs serving certificates,
 * and certificates of earlier ones that replicas may still be serving with.
 */
export const WebhookAuthority = z.object({ current: Authority, earlier: z.array(z.string().max(8192)).max(4) })
/** PEM texts; see {@link WebhookAuthority}. */
export type WebhookAuthority = Readonly<z.infer<typeof WebhookAuthority>>

/** A first authority, or the next one after `before`, whose certificate stays trusted until it ends. */
export function nextAuthority(now: Date, lifeDays: number, before?: WebhookAuthority): WebhookAuthority {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signer = localSigner(privateKey)
  const serial = randomSerial()
  const certificate = writeNow(
    writeAuthority({
      trustDomain: WEBHOOK_DOMAIN,
      publicKey: signer.publicKey,
      serial,
      notBefore: new Date(now.getTime() - BACKDATED_MS),
      notAfter: new Date(now.getTime() + lifeDays * DAY_MS),
      subject: [
        { type: 'CN', value: 'spirl-controller webhook' },
        { type: 'serialNumber', value: Buffer.from(serial).toString('hex') },
      ],
      pathLength: 0,
      signer,
    }),
  )
  const earlier = before === undefined ? [] : [before.current.certificate, ...before.earlier].filter((pem) => endOf(pem) > now).slice(0, 4)
  return { current: { certificate: certificatesToPem([certificate]), privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }) }, earlier }
}

/** True from half of the authority's life on. */
export function isAuthorityDue(authority: WebhookAuthority, lifeDays: number, now: Date): boolean {
  return endOf(authority.current.certificate).getTime() - now.getTime() < (lifeDays * DAY_MS) / 2
}

/** Everything that the API server shall trust, PEM: the current authority first. */
export function trustedPem(authority: WebhookAuthority): string {
  return [authority.current.certificate, ...authority.earlier].join('')
}

/** A serving certificate for the names that the API server calls us by, and the time from which it is to be renewed. */
export function issueServing(authority: WebhookAuthority, names: readonly string[], now: Date): ServingCertificate & { readonly renewAt: Date } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = spiffeId(WEBHOOK_DOMAIN, '/controller')
  if (!id.ok) throw new TypeError(id.reason)
  const issuer = {
    signer: localSigner(createPrivateKey(authority.current.privateKey)),
    certificate: firstOf(authority.current.certificate),
    intermediates: [],
  }
  const isAddress = (name: string): boolean => /^[\d.]+$|:/.test(name)
  const leaf = writeNow(
    writeLeaf(issuer, {
      id: id.id,
      publicKey: localSigner(privateKey).publicKey,
      serial: randomSerial(),
      notBefore: new Date(now.getTime() - BACKDATED_MS),
      notAfter: new Date(now.getTime() + SERVING_DAYS * DAY_MS),
      dnsNames: names.filter((name) => !isAddress(name)),
      ipAddresses: names.filter(isAddress),
    }),
  )
  return {
    cert: certificatesToPem([leaf]),
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }),
    renewAt: new Date(now.getTime() + (SERVING_DAYS * DAY_MS) / 2),
  }
}

function firstOf(pem: string): Uint8Array {
  const read = pemToCertificates(pem)
  const certificate = read.ok ? read.certificates[0] : undefined
  if (certificate === undefined) throw new TypeError('the stored authority holds no certificate')
  return certificate
}

function endOf(pem: string): Date {
  const certificate = readCertificate(firstOf(pem))
  return certificate.ok ? certificate.notAfter : new Date(0)
}

/** Keys of ours are local, and local signers answer at once. */
function writeNow(written: Uint8Array | Promise<Uint8Array>): Uint8Array {
  if (written instanceof Promise) throw new TypeError('a local key signs at once')
  return written
}

function requireTrustDomain(name: string): TrustDomain {
  const parsed = parseTrustDomain(name)
  if (!parsed.ok) throw new TypeError(parsed.reason)
  return parsed.trustDomain
}

import { parseBundle, type CertificateIssuer } from './index.ts'
import { writeAuthority } from './authority-certificate.ts'
import { formatBundle } from './bundle.ts'
import { jwkParametersOf } from './jwk.ts'
import { generateWorkloadKey, localSigner, randomSerial } from './keys.ts'
import { prepareLeafWriter, type LeafFields } from './leaf.ts'
import { signJwtSvid, type JwtSvidFields } from './jwt-svid.ts'
import type { Bundle, Signer, SpiffeId, TrustDomain, X509Svid } from './model.ts'
import { parseSpiffeId, parseTrustDomain } from './spiffe-id.ts'

/** A trust domain for tests: a root, an intermediate that issues, and one JWT key. */
export interface ExampleTrustDomain {
  readonly trustDomain: TrustDomain
  readonly root: Uint8Array
  readonly intermediate: Uint8Array
  readonly rootIssuer: CertificateIssuer
  readonly issuer: CertificateIssuer
  readonly bundle: Bundle
  issue(path: string, change?: Partial<LeafFields>): X509Svid
  token(path: string, change?: Partial<JwtSvidFields>): string
}

/** The day on which all examples happen. */
export const NOON = new Date('2026-06-01T12:00:00Z')
/** One hour. */
export const HOUR_MS = 3_600_000

/** A signer of an algorithm other than the default may be given, for chains of mixed keys. */
export function exampleTrustDomain(name: string, options: { readonly root?: Signer; readonly now?: Date } = {}): ExampleTrustDomain {
  const parsed = parseTrustDomain(name)
  if (!parsed.ok) throw new Error(parsed.reason)
  const { trustDomain } = parsed
  const now = options.now ?? NOON
  const dates = { notBefore: new Date(now.getTime() - HOUR_MS), notAfter: new Date(now.getTime() + 24 * HOUR_MS) }
  const rootSigner = options.root ?? localSigner(generateWorkloadKey().privateKey)
  const signer = localSigner(generateWorkloadKey().privateKey)
  const common = { trustDomain, ...dates, subject: [{ type: 'O', value: name }] } as const
  const root = atOnce(
    writeAuthority({
      ...common,
      subject: [...common.subject, { type: 'CN', value: 'root' }],
      publicKey: rootSigner.publicKey,
      serial: randomSerial(),
      signer: rootSigner,
    }),
  )
  const rootIssuer = { signer: rootSigner, certificate: root, intermediates: [] }
  const intermediate = atOnce(
    writeAuthority({
      ...common,
      subject: [...common.subject, { type: 'CN', value: 'issuing' }],
      publicKey: signer.publicKey,
      serial: randomSerial(),
      pathLength: 0,
      issuer: rootIssuer,
    }),
  )
  const issuer = { signer, certificate: intermediate, intermediates: [intermediate] }
  const write = prepareLeafWriter(issuer)
  const jwtSigner = localSigner(generateWorkloadKey().privateKey)
  const bundle: Bundle = {
    trustDomain,
    x509Authorities: [root],
    jwtAuthorities: [{ keyId: 'key-1', publicKey: jwkParametersOf(jwtSigner.publicKey), algorithm: 'ES256' }],
    sequence: 1n,
    refreshHintSeconds: 300,
  }
  return {
    trustDomain,
    root,
    intermediate,
    rootIssuer,
    issuer,
    bundle,
    issue: (path, change = {}) => {
      const key = generateWorkloadKey()
      const id = idOf(`spiffe://${name}${path}`)
      const fields = {
        id,
        publicKey: key.publicKey,
        serial: randomSerial(),
        notBefore: new Date(now.getTime() - 60_000),
        notAfter: new Date(now.getTime() + HOUR_MS),
        ...change,
      }
      return {
        id: fields.id,
        certificates: [atOnce(write(fields)), intermediate],
        privateKey: key.privateKey,
        notBefore: fields.notBefore,
        notAfter: fields.notAfter,
      }
    },
    token: (path, change = {}) =>
      atOnce(
        signJwtSvid({
          id: idOf(`spiffe://${name}${path}`),
          audience: ['audience'],
          issuedAt: now,
          expiresAt: new Date(now.getTime() + 300_000),
          keyId: 'key-1',
          signer: jwtSigner,
          ...change,
        }),
      ),
  }
}

/** A checked ID out of a literal. */
export function idOf(text: string): SpiffeId {
  const parsed = parseSpiffeId(text)
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.id
}

/** The bundle as another process would have it: through its document. */
export function reread(bundle: Bundle): Bundle {
  const parsed = parseBundle(bundle.trustDomain, formatBundle(bundle))
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.bundle
}

/** What a local signer's result is: there already. */
export function atOnce<T>(value: T | Promise<T>): T {
  if (value instanceof Promise) throw new Error('A local signer answers at once.')
  return value
}

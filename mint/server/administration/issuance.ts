import { parseSpiffeId, prepareLeafWriter, randomSerial, readCertificate, readCsr, signJwtSvid, type SpiffeId } from '@mintmark/spiffe'
import { hash } from 'node:crypto'
import { eventId } from '../events/id.ts'
import { AdministrationError } from '../failure.ts'
import { SERVER_LIMITS } from '../limits.ts'
import { algorithmChooser } from '../policy/algorithm.ts'
import { workloadId } from '../policy/path-ids.ts'
import type { EventFilter, EventStore, MintEvent, Page, PageRequest, WorkloadRow } from '../ports.ts'
import { translated, type AdministrationDependencies } from './dependencies.ts'

/** Issuance by hand, and what was issued. */
export interface IssuanceAdministration {
  /** An X.509-SVID for a key that the caller holds (PKCS#10, DER). Recorded with who asked. */
  mintX509(request: { readonly path: string; readonly csr: Uint8Array; readonly ttlSeconds?: number; readonly actor: string }): Promise<{
    readonly id: SpiffeId
    /** DER, leaf first, without the root. */
    readonly certificates: readonly Uint8Array[]
    readonly notAfter: Date
  }>
  mintJwt(request: { readonly path: string; readonly audience: readonly string[]; readonly ttlSeconds?: number; readonly actor: string }): Promise<{
    readonly id: SpiffeId
    readonly token: string
    readonly expiresAt: Date
  }>
  /** SPIFFE IDs that were issued. @param since default: 30 days ago */
  workloads(filter: { readonly clusterId?: string; readonly since?: string }, page: PageRequest): Promise<Page<WorkloadRow>>
  events(filter: Omit<EventFilter, 'trustDomainId'>, page: PageRequest): Promise<Page<MintEvent>>
  series(filter: Parameters<EventStore['series']>[0]): ReturnType<EventStore['series']>
}

const WORKLOADS_DAYS = 30

/** Verbs of issuance. */
export function administerIssuance(dependencies: AdministrationDependencies): IssuanceAdministration {
  const { events, trustDomain, now } = dependencies
  return {
    mintX509: (request) => mintX509(request, dependencies),
    mintJwt: (request) => mintJwt(request, dependencies),
    workloads: ({ clusterId, since }, page) => {
      const at = now()
      const from = since ?? new Date(at.getTime() - WORKLOADS_DAYS * 86_400_000).toISOString()
      return translated(() =>
        events.workloads({ trustDomainId: trustDomain.id, ...(clusterId === undefined ? {} : { clusterId }), since: from, now: at.toISOString() }, page),
      )
    },
    events: (filter, page) => translated(() => events.list({ ...filter, trustDomainId: trustDomain.id }, page)),
    series: (filter) => translated(() => events.series({ ...filter, trustDomainId: trustDomain.id })),
  }
}

async function mintX509(
  { path, csr, ttlSeconds, actor }: Parameters<IssuanceAdministration['mintX509']>[0],
  dependencies: AdministrationDependencies,
): ReturnType<IssuanceAdministration['mintX509']> {
  const id = idOfPath(path, dependencies)
  const read = readCsr(csr)
  if (!read.ok) throw invalid('/csr', `The certificate signing request is refused: ${read.reason}.`)
  if (read.dnsNames.length > 0 || read.uris.some((uri) => uri !== id))
    throw invalid('/csr', 'The certificate signing request has names of its own; leave them empty.')
  const snapshot = dependencies.authority.current()
  const at = dependencies.now()
  const seconds = boundedTtl(ttlSeconds, SERVER_LIMITS.x509SecondsMin, SERVER_LIMITS.x509SecondsDefault, SERVER_LIMITS.x509SecondsMax)
  const notAfter = new Date(Math.min(at.getTime() + seconds * 1000, snapshot.issuerNotAfter.getTime()))
  if (notAfter <= at) throw expired()
  const serial = randomSerial()
  const notBefore = new Date(at.getTime() - SERVER_LIMITS.backdateSeconds * 1000)
  const leaf = await prepareLeafWriter(snapshot.issuer)({ id, publicKey: read.publicKey, serial, notBefore, notAfter })
  recordByHand(
    {
      id,
      svidType: 'x509',
      expiresAt: notAfter,
      at,
      keysetId: snapshot.keysetId,
      details: { actor, serial: hex(serial), fingerprintSha256: hash('sha256', leaf, 'hex'), ...keyIdsOf(leaf) },
    },
    dependencies,
  )
  return { id, certificates: [leaf, ...snapshot.issuer.intermediates], notAfter }
}

function keyIdsOf(leaf: Uint8Array): { readonly subjectKeyId?: string; readonly authorityKeyId?: string } {
  const read = readCertificate(leaf)
  if (!read.ok) return {}
  const { subjectKeyId, authorityKeyId } = read
  return { ...(subjectKeyId && { subjectKeyId: hex(subjectKeyId) }), ...(authorityKeyId && { authorityKeyId: hex(authorityKeyId) }) }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

async function mintJwt(
  { path, audience, ttlSeconds, actor }: Parameters<IssuanceAdministration['mintJwt']>[0],
  dependencies: AdministrationDependencies,
): ReturnType<IssuanceAdministration['mintJwt']> {
  const id = idOfPath(path, dependencies)
  if (audience.length === 0 || audience.length > SERVER_LIMITS.audiencesMax || audience.some((value) => !isAudience(value))) {
    throw invalid(
      '/audience',
      `A token has 1 to ${SERVER_LIMITS.audiencesMax} audiences of 1 to ${SERVER_LIMITS.audienceBytesMax} characters, none of them the trust domain's own (urn:mintmark:).`,
    )
  }
  const snapshot = dependencies.authority.current()
  const key = snapshot.jwt.get(algorithmChooser([])(audience))
  if (key === undefined) throw invalid('/audience', 'The audience wants RS256, and the trust domain has no such key.')
  const at = dependencies.now()
  const seconds = boundedTtl(ttlSeconds, SERVER_LIMITS.x509SecondsMin, SERVER_LIMITS.jwtSecondsDefault, SERVER_LIMITS.jwtSecondsMax)
  const expiresAt = new Date(Math.floor(Math.min(at.getTime() + seconds * 1000, key.notAfter.getTime()) / 1000) * 1000)
  if (expiresAt <= at) throw expired()
  const { jwtIssuer } = dependencies
  const token = await signJwtSvid({
    id,
    audience,
    issuedAt: at,
    expiresAt,
    keyId: key.keyId,
    signer: key.signer,
    ...(jwtIssuer === undefined ? {} : { issuer: jwtIssuer }),
  })
  const details = { actor, kid: key.keyId, alg: key.signer.algorithm, ...(jwtIssuer === undefined ? {} : { iss: jwtIssuer }) }
  recordByHand({ id, svidType: 'jwt', expiresAt, at, keysetId: snapshot.keysetId, audience, details }, dependencies)
  return { id, token, expiresAt }
}

function isAudience(value: string): boolean {
  return value !== '' && value.length <= SERVER_LIMITS.audienceBytesMax && !value.startsWith('urn:mintmark:')
}

/** Takes a path, or the whole SPIFFE ID of this trust domain. */
function idOfPath(path: string, { trustDomain }: AdministrationDependencies): SpiffeId {
  const parsed = path.startsWith('spiffe:') ? parseSpiffeId(path) : undefined
  if (parsed?.ok === true && parsed.trustDomain !== trustDomain.name)
    throw invalid('/path', `${trustDomain.name} cannot issue for trust domain ${parsed.trustDomain}.`)
  const checked = parsed?.ok === false ? parsed : workloadId(trustDomain.name, parsed?.path ?? path)
  if (!checked.ok) throw invalid('/path', `The path yields no SPIFFE ID: ${checked.reason}.`)
  const text: string = checked.id
  if (text === `spiffe://${trustDomain.name}`) throw invalid('/path', 'An SVID has a path; the trust domain itself gets none.')
  return checked.id
}

function boundedTtl(ttlSeconds: number | undefined, min: number, fallback: number, max: number): number {
  const seconds = ttlSeconds ?? fallback
  if (!Number.isInteger(seconds) || seconds < min || seconds > max)
    throw invalid('/ttlSeconds', `A time to live is a whole number of seconds between ${min} and ${max}.`)
  return seconds
}

function recordByHand(
  issued: {
    readonly id: SpiffeId
    readonly svidType: 'x509' | 'jwt'
    readonly at: Date
    readonly expiresAt: Date
    readonly keysetId: string
    readonly audience?: readonly string[]
    readonly details: MintEvent['details']
  },
  { record, trustDomain }: AdministrationDependencies,
): void {
  const { id, at, expiresAt, details, ...rest } = issued
  record({
    ...rest,
    id: eventId(at),
    at: at.toISOString(),
    type: 'workload_credential_issued',
    trustDomainId: trustDomain.id,
    outcome: 'success',
    spiffeId: id,
    issuedAt: at.toISOString(),
    expiresAt: expiresAt.toISOString(),
    details: { byHand: true, ...details },
  })
}

function invalid(pointer: string, happened: string): AdministrationError {
  return new AdministrationError('invalid', happened, 'Correct the request.', { problems: [{ pointer, reason: happened }] })
}

function expired(): AdministrationError {
  return new AdministrationError(
    'unavailable',
    'The keys of the trust domain have expired.',
    'Rotate them: spirlctl trust-domain deployment keyset prepare, then activate',
  )
}

import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { describeError, type Log } from '@mintmark/control-plane'
import { UserError } from '@mintmark/ledger/model'
import { diskUpstream, openAuthority, sealedKeys, type Authority, type KeysetChange, type MasterKey } from '@mintmark/mint/authority'
import { openTrustDomainServer, type ListenForAgents, type ReadStores, type TrustDomainRow, type TrustDomainServer } from '@mintmark/mint/server'
import { parseTrustDomain } from '@mintmark/spiffe'
import { explainKeyErrors } from '../serving/master-key.ts'
import type { Settings } from '../settings/read.ts'

/** Milliseconds between looks at the keysets, at rotation, and at events that are too old. */
const REFRESH_MS = 5_000
const ROTATE_MS = 30_000
const SWEEP_MS = 3_600_000
/** Where agents are awaited when nobody says otherwise. */
const AGENT_ADDRESS = { host: '127.0.0.1', port: 7421 } as const

/** A trust domain that runs in this process. */
export interface RunningTrustDomain {
  readonly server: TrustDomainServer
  readonly authority: Authority
  /** Where agents dial. */
  readonly agents: { readonly host: string; readonly port: number; readonly usesTls: boolean; readonly advertisedHost: string }
  /** Base address of the bundle endpoint, the keys and the discovery document. */
  readonly publicUrl: string
  /** `iss` of JWT-SVIDs; absent: tokens have none. */
  readonly issuer: string | undefined
}

/** What the trust domain is started with. */
export interface StartTrustDomain {
  readonly settings: Settings
  /** Seals the private keys of its keysets. */
  readonly master: MasterKey
  readonly stores: ReadStores
  /** Remembers used assertions for all replicas. */
  readonly rememberAssertion: (jti: string, expiresAt: Date) => Promise<boolean>
  readonly log: Log
  /** Address of the control plane as its users know it. */
  readonly publicUrl: string
}

/**
 * Starts the trust domain server: its row, its keys, its listeners, its clocks. What was started is ended by `stack`, in the opposite order.
 *
 * @throws UserError when a setting cannot be used
 */
export async function startTrustDomain(
  { settings, master, stores, rememberAssertion, log, publicUrl }: StartTrustDomain,
  stack: AsyncDisposableStack,
): Promise<RunningTrustDomain> {
  const now = (): Date => new Date()
  const trustDomain = await findTrustDomain(stores, settings.trustDomain)
  const changes: KeysetChange[] = []
  let tell = (change: KeysetChange): void => void changes.push(change)
  const authority = await openKeys(settings, master, stores, log, (change) => tell(change))
  stack.defer(() => authority.close())
  const mintUrl = settings.mintUrl ?? `${publicUrl}/mint/${trustDomain.name}`
  const server = await openTrustDomainServer({
    trustDomain,
    stores,
    authority,
    now,
    log,
    rememberAssertion: (jti, expiresAt) => rememberAssertion(`mint ${jti}`, expiresAt),
    settings: {
      requireBinding: settings.agentBinding,
      publicUrl: mintUrl,
      jwtIssuer: settings.issuer,
      publicHosts: settings.publicHosts,
      outboundAllowed: settings.outboundAllowed,
      tokenReviewCredentials: settings.tokenReviewCredentials,
      ocsf: settings.ocsf,
      ...(settings.outboundRoots === undefined ? {} : { outboundRoots: await readFile(settings.outboundRoots, 'utf8') }),
      ...(settings.deploymentId === undefined ? {} : { deploymentId: settings.deploymentId }),
    },
  })
  stack.defer(() => server.close())
  tell = (change) => server.recordKeysetChange(change)
  for (const change of changes) tell(change)
  keepTime({ server, authority, stores, days: settings.eventDays, log }, stack)
  const agents = await listenForAgents(server, settings)
  if (settings.bundleListen !== undefined) await server.listenPublic({ ...settings.bundleListen, tls: { from: 'own', ...namesOf(settings) } })
  log.info({ trustDomain: trustDomain.name, agents: `${agents.host}:${agents.port}`, tls: settings.agentTls }, 'The trust domain server is ready')
  return {
    server,
    authority,
    agents: { ...agents, usesTls: settings.agentTls !== 'off', advertisedHost: advertisedHost(agents.host, settings) },
    publicUrl: mintUrl,
    issuer: issuerOf(settings, mintUrl),
  }
}

/** What listens everywhere is reached by a name; the first that leads here from other machines. */
function advertisedHost(host: string, { agentNames }: Settings): string {
  if (host !== '0.0.0.0' && host !== '::' && host !== '') return host
  return agentNames.find((name) => name !== 'localhost' && name !== '::1' && !name.startsWith('127.')) ?? hostname().toLowerCase()
}

function issuerOf({ issuer }: Settings, mintUrl: string): string | undefined {
  if (issuer === 'disabled') return undefined
  return issuer === 'builtin' ? mintUrl : issuer.url
}

/** Two replicas that start at once make one row: whoever comes second finds it. */
async function findTrustDomain({ registry }: ReadStores, name: string): Promise<TrustDomainRow> {
  const found = await registry.trustDomain(name)
  if (found !== undefined) return found
  try {
    const created = await registry.createTrustDomain({ name, now: new Date() })
    // Read once more: what is read is remembered on disk, and without it this server could not start while the database is away.
    return (await registry.trustDomain(name)) ?? created
  } catch (error) {
    const other = await registry.trustDomain(name)
    if (other === undefined) throw error
    return other
  }
}

async function openKeys(
  settings: Settings,
  master: MasterKey,
  { keysets }: ReadStores,
  log: Log,
  onChange: (change: KeysetChange) => void,
): Promise<Authority> {
  const name = parseTrustDomain(settings.trustDomain)
  if (!name.ok) throw new UserError('settings-value', `MINTMARK_TRUST_DOMAIN cannot be used: ${name.reason}.`, 'Choose a name such as example.org.')
  const { upstreamCert, upstreamKey, keysetLifetime } = settings
  if ((upstreamCert === undefined) !== (upstreamKey === undefined)) {
    throw new UserError('settings-value', 'One of MINTMARK_UPSTREAM_CERT and MINTMARK_UPSTREAM_KEY is missing.', 'Set both, or neither.')
  }
  return await explainKeyErrors(() =>
    openAuthority({
      trustDomain: name.trustDomain,
      store: keysets,
      keys: sealedKeys(master),
      now: () => new Date(),
      settings: keysetLifetime === undefined ? {} : { keysetLifetimeSeconds: keysetLifetime },
      ...(upstreamCert === undefined || upstreamKey === undefined
        ? {}
        : { upstream: diskUpstream({ certificateFile: upstreamCert, keyFile: upstreamKey }, () => new Date()) }),
      log,
      onChange,
    }),
  )
}

/** Keysets of other replicas, rotation, and events that are too old: each by its own clock, and none in another's way. */
function keepTime(
  {
    authority,
    stores,
    days,
    log,
  }: { readonly server: TrustDomainServer; readonly authority: Authority; readonly stores: ReadStores; readonly days: number; readonly log: Log },
  stack: AsyncDisposableStack,
): void {
  const sweep = (): void => {
    stores.events
      .dropBefore(new Date(Date.now() - days * 86_400_000))
      .catch((error: unknown) => log.warn(describeError(error), 'Old events could not be dropped; it is tried again'))
  }
  const timers = [
    setInterval(() => void authority.refresh(), REFRESH_MS),
    setInterval(() => void authority.rotateIfDue(), ROTATE_MS),
    setInterval(sweep, SWEEP_MS),
  ]
  for (const timer of timers) timer.unref()
  stack.defer(() => {
    for (const timer of timers) clearInterval(timer)
  })
}

/** On the address of the settings; on the default one, or on a free port when another program has that. */
async function listenForAgents(server: TrustDomainServer, settings: Settings): Promise<{ readonly host: string; readonly port: number }> {
  const common = { tls: await agentTls(settings), ...(settings.connectionAge === undefined ? {} : { connectionAgeMs: settings.connectionAge * 1_000 }) }
  try {
    return (await server.listen({ ...(settings.agentListen ?? AGENT_ADDRESS), ...common })).address
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'EADDRINUSE' && settings.agentListen === undefined) return (await server.listen({ host: AGENT_ADDRESS.host, port: 0, ...common })).address
    const { host, port } = settings.agentListen ?? AGENT_ADDRESS
    throw new UserError(
      'agent-port',
      `The port for agents (${host}:${port}) cannot be listened on${code === '' ? '' : ` (${code})`}.`,
      'Choose another address with MINTMARK_AGENT_LISTEN.',
      { cause: error },
    )
  }
}

async function agentTls(settings: Settings): Promise<ListenForAgents['tls']> {
  if (settings.agentTls === 'off') return { from: 'none' }
  if (settings.agentTls === 'own') return { from: 'own', ...namesOf(settings) }
  const { agentTlsCert, agentTlsKey } = settings
  if (agentTlsCert === undefined || agentTlsKey === undefined) {
    throw new UserError('settings-value', 'MINTMARK_AGENT_TLS is files, and a file is missing.', 'Set MINTMARK_AGENT_TLS_CERT and MINTMARK_AGENT_TLS_KEY.')
  }
  return { from: 'files', cert: await readFile(agentTlsCert, 'utf8'), key: await readFile(agentTlsKey, 'utf8') }
}

function namesOf({ agentNames }: Settings): { readonly dnsNames: readonly string[]; readonly ipAddresses: readonly string[] } {
  return { dnsNames: agentNames.filter((name) => isIP(name) === 0), ipAddresses: agentNames.filter((name) => isIP(name) !== 0) }
}

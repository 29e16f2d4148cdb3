import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { isRecord, decodeToken, hasSigned } from '@mintmark/mint/attestation'
import type { Authority, AuthoritySnapshot } from '@mintmark/mint/authority'
import { CallError, CODES } from '../failure.ts'
import { SERVER_LIMITS } from '../limits.ts'

/** Audience of sessions. No JWT-SVID is ever issued for it. */
export const SESSION_AUDIENCE = 'urn:mintmark:agent-session'
/** Media type of sessions: a JWT-SVID of the same trust domain key says `JWT`, so neither passes for the other. */
const SESSION_TYPE = 'mintmark-session+jwt'

/** An agent that was attested. */
export interface AgentSession {
  readonly agentId: string
  readonly clusterId: string
  readonly clusterVersionIds: readonly string[]
  readonly nodeName: string
  /** What attestation of the agent has proven; part of every workload's attributes. */
  readonly attributes: ReadonlyMap<string, string>
  /** Thumbprint of the client certificate that the session belongs to (RFC 8705). */
  readonly certificateThumbprint: string | undefined
  readonly expiresAt: Date
  /** What the agent has said of itself, and how it was attested, for the inventory. */
  readonly agent: { readonly version: string; readonly platform: string; readonly attestedBy: readonly string[]; readonly attestedAt: string }
}

/** Who calls, as the transport knows it. */
export interface Caller {
  readonly session: string | undefined
  readonly certificateThumbprint: string | undefined
}

/** Signs sessions and checks them. Any replica checks what another has signed: the keys are the trust domain's. */
export interface Sessions {
  open(session: AgentSession): Promise<string>
  /** @throws CallError UNAUTHENTICATED: the agent attests again */
  check(caller: Caller): AgentSession
  close(): void
}

/** Seconds that clocks of replicas may differ. */
const LEEWAY_SECONDS = 5

/** @param requireBinding refuses sessions without a client certificate (never behind a load balancer that ends TLS) */
export function createSessions(authority: Authority, now: () => Date, requireBinding: boolean): Sessions {
  /** Sessions whose signature was checked, by the digest of their text; the oldest goes first. */
  const checked = new Map<string, AgentSession>()
  let keys = verificationKeys(authority.current())
  const unsubscribe = authority.subscribe((snapshot) => {
    // A tainted key may be in other hands: what it signed is looked at again, and refused.
    checked.clear()
    keys = verificationKeys(snapshot)
  })
  return {
    open: (session) => signSession(authority.current(), session, now()),
    check: (caller) => {
      if (caller.session === undefined) throw unauthenticated('The call carries no session; attest first')
      const digest = createHash('sha256').update(caller.session).digest('base64url')
      let session = checked.get(digest)
      if (session === undefined) {
        session = readSession(caller.session, keys)
        if (checked.size >= SERVER_LIMITS.sessionsRemembered) checked.delete(checked.keys().next().value ?? '')
        checked.set(digest, session)
      }
      if (session.expiresAt <= now()) throw unauthenticated('The session has expired; attest again')
      if (session.certificateThumbprint !== undefined && session.certificateThumbprint !== caller.certificateThumbprint) {
        throw unauthenticated('The session belongs to another client certificate; attest on this connection')
      }
      if (requireBinding && session.certificateThumbprint === undefined)
        throw unauthenticated('The session is bound to no client certificate; show one and attest again')
      return session
    },
    close: unsubscribe,
  }
}

async function signSession(snapshot: AuthoritySnapshot, session: AgentSession, now: Date): Promise<string> {
  const key = snapshot.jwt.get('ES256') ?? [...snapshot.jwt.values()][0]
  if (key === undefined) throw new CallError(CODES.unavailable, 'The trust domain has no key that signs tokens yet; try again in a moment.')
  const algorithm = key.signer.algorithm
  const claims = {
    iss: snapshot.bundle.trustDomain,
    sub: session.agentId,
    aud: SESSION_AUDIENCE,
    iat: Math.floor(now.getTime() / 1000),
    exp: Math.floor(session.expiresAt.getTime() / 1000),
    cluster: session.clusterId,
    versions: session.clusterVersionIds,
    node: session.nodeName,
    attributes: Object.fromEntries(session.attributes),
    agent: session.agent,
    ...(session.certificateThumbprint === undefined ? {} : { cnf: { 'x5t#S256': session.certificateThumbprint } }),
  }
  const signed = `${encode({ alg: algorithm, typ: SESSION_TYPE, kid: key.keyId })}.${encode(claims)}`
  const signature = await key.signer.sign(Buffer.from(signed), 'token')
  return `${signed}.${Buffer.from(signature).toString('base64url')}`
}

function readSession(text: string, keys: ReadonlyMap<string, KeyObject>): AgentSession {
  const decoded = decodeToken(text)
  if (!decoded.ok) throw unauthenticated('The session is not readable; attest again')
  const { token } = decoded
  const key = keys.get(token.keyId ?? '')
  if (key === undefined || token.type !== SESSION_TYPE || !hasSigned(key, token))
    throw unauthenticated('The session is not signed by this trust domain, or by a key of it that is no longer trusted; attest again')
  const { sub, aud, exp, iat, cluster, versions, node, attributes, agent, cnf } = token.claims
  const isOurs = aud === SESSION_AUDIENCE && typeof sub === 'string' && typeof exp === 'number' && typeof iat === 'number' && typeof cluster === 'string'
  if (!isOurs || exp - iat > SERVER_LIMITS.sessionSeconds + LEEWAY_SECONDS) throw unauthenticated('The session is not one of an agent; attest again')
  const bound = isRecord(cnf) ? cnf['x5t#S256'] : undefined
  return {
    agentId: sub,
    clusterId: cluster,
    clusterVersionIds: textList(versions),
    nodeName: textOf(node),
    attributes: textMap(attributes),
    certificateThumbprint: typeof bound === 'string' ? bound : undefined,
    expiresAt: new Date(exp * 1000),
    agent: readAgent(agent),
  }
}

function readAgent(value: unknown): AgentSession['agent'] {
  const { version, platform, attestedBy, attestedAt } = isRecord(value) ? value : {}
  return { version: textOf(version), platform: textOf(platform), attestedBy: textList(attestedBy), attestedAt: textOf(attestedAt) }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function textList(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : []
}

/** Keys that may have signed a session: those of the own bundle, without the tainted ones. */
function verificationKeys(snapshot: AuthoritySnapshot): ReadonlyMap<string, KeyObject> {
  const keys = new Map<string, KeyObject>()
  for (const { keyId, publicKey } of snapshot.bundle.jwtAuthorities) {
    if (!snapshot.taintedJwt.includes(keyId)) keys.set(keyId, createPublicKey({ key: { ...publicKey }, format: 'jwk' }))
  }
  return keys
}

function textMap(value: unknown): ReadonlyMap<string, string> {
  const map = new Map<string, string>()
  if (isRecord(value)) for (const [name, text] of Object.entries(value)) if (typeof text === 'string') map.set(name, text)
  return map
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function unauthenticated(happened: string): CallError {
  return new CallError(CODES.unauthenticated, `${happened}.`)
}

import type { Finding } from '@mintmark/contract/scan'

/** Where two parts of one credential stand together, tightest first. */
export const SCOPES = ['map', 'object', 'container', 'deployment', 'application'] as const
/** One of the rooms in which parts can stand together. */
export type Scope = (typeof SCOPES)[number]

/** What a found partner means for the secret. */
export type Effect =
  /** The partner is the public id of the secret and names the identity that it belongs to. */
  | { readonly type: 'identifier'; readonly identity: IdentityKind }
  /** The partner completes the identity with one more public fact. */
  | { readonly type: 'attribute'; readonly attribute: string }
  /** The partner is another secret of the same credential. */
  | { readonly type: 'companion' }

/** Which identity a public id names. */
export type IdentityKind = 'aws-access-key-owner' | 'entra-application' | 'issuer-account'

/** Two kinds of findings that are parts of one credential. Rows of one effect are tried in order; a secret that has its partner is left alone. */
export interface Relation {
  readonly id: string
  /** Kinds of the secret; a leading `*` stands for any beginning. */
  readonly secrets: readonly string[]
  readonly partners: readonly string[]
  /** Only partners whose name holds this word. */
  readonly partnerWord?: string
  /** What a person calls the partner. */
  readonly label: string
  readonly effect: Effect
  /** One partner belongs to one secret only, as an access key id does. */
  readonly exclusive: boolean
  /** One partner may serve every secret around it, as a tenant id does. */
  readonly shared: boolean
  /** The widest scope in which standing together still means something. */
  readonly widest: Scope
}

const defaults = { exclusive: false, shared: false, widest: 'application' } as const

/**
 * Multi-part credentials as their providers define them: AWS access keys, Entra applications (client credentials grant), OAuth 2.0 clients (RFC 6749, 2.3.1),
 * Twilio, Datadog, Sumo Logic, Alibaba and Tencent API keys, and user names with passwords.
 */
export const RELATIONS: readonly Relation[] = [
  {
    ...defaults,
    id: 'aws-access-key',
    secrets: ['aws-secret-access-key'],
    partners: ['aws-access-key-id'],
    label: 'access key id',
    effect: { type: 'identifier', identity: 'aws-access-key-owner' },
    exclusive: true,
  },
  {
    ...defaults,
    id: 'aws-session-token-id',
    secrets: ['aws-session-token'],
    partners: ['aws-access-key-id'],
    label: 'access key id',
    effect: { type: 'identifier', identity: 'aws-access-key-owner' },
    exclusive: true,
  },
  {
    ...defaults,
    id: 'aws-session-token',
    secrets: ['aws-session-token'],
    partners: ['aws-secret-access-key'],
    label: 'secret access key',
    effect: { type: 'companion' },
    exclusive: true,
  },
  {
    ...defaults,
    id: 'entra-client',
    secrets: ['entra-client-secret'],
    partners: ['entra-client-id'],
    label: 'application (client) id',
    effect: { type: 'identifier', identity: 'entra-application' },
  },
  {
    ...defaults,
    id: 'entra-client-by-name',
    secrets: ['entra-client-secret'],
    partners: ['client-id'],
    label: 'client id',
    effect: { type: 'identifier', identity: 'entra-application' },
  },
  {
    ...defaults,
    id: 'entra-tenant',
    secrets: ['entra-client-secret'],
    partners: ['entra-tenant-id'],
    label: 'directory (tenant) id',
    effect: { type: 'attribute', attribute: 'tenant' },
    shared: true,
  },
  {
    ...defaults,
    id: 'entra-tenant-by-name',
    secrets: ['entra-client-secret'],
    partners: ['account-id'],
    partnerWord: 'tenant',
    label: 'tenant id',
    effect: { type: 'attribute', attribute: 'tenant' },
    shared: true,
  },
  {
    ...defaults,
    id: 'oauth-client',
    secrets: ['*-client-secret'],
    partners: ['client-id'],
    label: 'client id',
    effect: { type: 'identifier', identity: 'issuer-account' },
    widest: 'deployment',
  },
  {
    ...defaults,
    id: 'twilio-account',
    secrets: ['twilio-auth-token', 'twilio-api-key'],
    partners: ['twilio-account-sid'],
    label: 'account SID',
    effect: { type: 'identifier', identity: 'issuer-account' },
    shared: true,
  },
  {
    ...defaults,
    id: 'datadog-keys',
    secrets: ['datadog-application-key'],
    partners: ['datadog-api-key'],
    label: 'API key',
    effect: { type: 'companion' },
    shared: true,
  },
  {
    ...defaults,
    id: 'sumologic-access',
    secrets: ['sumologic-access-key'],
    partners: ['sumologic-access-id'],
    label: 'access id',
    effect: { type: 'identifier', identity: 'issuer-account' },
    exclusive: true,
  },
  {
    ...defaults,
    id: 'alibaba-access-key',
    secrets: ['alibaba-secret-key'],
    partners: ['alibaba-access-key-id'],
    label: 'access key id',
    effect: { type: 'identifier', identity: 'issuer-account' },
    exclusive: true,
  },
  {
    ...defaults,
    id: 'tencent-key',
    secrets: ['tencent-secret-key'],
    partners: ['tencent-secret-id'],
    label: 'secret id',
    effect: { type: 'identifier', identity: 'issuer-account' },
    exclusive: true,
  },
  {
    ...defaults,
    id: 'user-password',
    secrets: ['password', 'htpasswd-plain', 'snowflake-credential', 'docker-registry-credentials'],
    partners: ['username'],
    label: 'user name',
    effect: { type: 'attribute', attribute: 'user' },
    widest: 'container',
  },
]

/** True when findings of the kind can be a part of the relation's credential. */
export function takesPart(relation: Relation, kind: string): boolean {
  return relation.partners.includes(kind) || relation.secrets.some((pattern) => fits(pattern, kind))
}

/** True when the finding can be the secret of the relation. */
export function isSecretOf(relation: Relation, finding: Finding): boolean {
  return finding.role === 'secret' && relation.secrets.some((kind) => fits(kind, finding.kind))
}

/** True when the finding can be the partner; `name` is what it is called where it stands. */
export function isPartnerOf(relation: Relation, finding: Finding, name: string): boolean {
  if (!relation.partners.includes(finding.kind)) return false
  if ((finding.role === 'secret') !== (relation.effect.type === 'companion')) return false
  return relation.partnerWord === undefined || name.toLowerCase().includes(relation.partnerWord)
}

function fits(pattern: string, kind: string): boolean {
  return pattern.startsWith('*') ? kind.endsWith(pattern.slice(1)) : kind === pattern
}

import { hostname } from 'node:os'
import { z } from 'zod'

/** `90d`, `12h`, `30m`, `45s` as seconds. */
const Duration = z
  .string()
  .regex(/^\d{1,6}[dhms]$/, 'must be a duration such as 90d or 12h')
  .transform((text) => Number(text.slice(0, -1)) * ({ d: 86_400, h: 3_600, m: 60, s: 1 }[text.at(-1) ?? 's'] ?? 1))

const Names = z
  .string()
  .max(4_096)
  .transform((text) => text.split(/[\s,]+/).filter((name) => name !== ''))

const Address = z
  .string()
  .regex(/^(?:\[[0-9a-f:.]+\]|[\w.-]*):\d{1,5}$/i, 'must be HOST:PORT, for example 0.0.0.0:7421')
  .transform((text) => {
    const at = text.lastIndexOf(':')
    return { host: text.slice(0, at).replaceAll(/[[\]]/g, '') || '0.0.0.0', port: Number(text.slice(at + 1)) }
  })

const File = z.string().min(1).max(1_024)
const Switch = z.enum(['on', 'off'], { error: 'must be on or off' }).transform((text) => text === 'on')
/** `https://api.example.org:6443=/file` pairs, as a map. */
const Credentials = Names.refine(
  (pairs) => pairs.every((pair) => /^https:\/\/[^=@?#]+=.{1,1024}$/.test(pair) && URL.canParse(pair.slice(0, pair.indexOf('=')))),
  'must be ADDRESS=FILE with an https address, for example https://10.0.0.1:6443=/etc/mintmark/production.token',
).transform((pairs) => new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])))

/** Settings of the trust domain server, embedded or by itself. */
export const MINT_SETTINGS = {
  mint: {
    variable: 'MINTMARK_MINT',
    schema: Switch.prefault('on'),
    fallback: 'on',
    purpose: 'Whether this control plane runs a trust domain server. off: it issues no identities.',
  },
  trustDomain: {
    variable: 'MINTMARK_TRUST_DOMAIN',
    flag: 'trust-domain',
    schema: z
      .string()
      .regex(/^[a-z0-9._-]{1,255}$/, 'must be a trust domain such as example.org: a-z, 0-9, ".", "-" and "_" only')
      .prefault('mintmark.local'),
    fallback: 'mintmark.local',
    purpose: 'Name of the trust domain. It stands in every SPIFFE ID, so choose it before the first workload has one.',
  },
  agentListen: {
    variable: 'MINTMARK_AGENT_LISTEN',
    flag: 'agent-listen',
    schema: Address.optional(),
    fallback: '127.0.0.1:7421, or a free port when that is taken',
    purpose: 'Address and port for agents (gRPC). Port 0 lets the system choose one.',
  },
  agentTls: {
    variable: 'MINTMARK_AGENT_TLS',
    schema: z.enum(['own', 'files', 'off'], { error: 'must be own, files or off' }).prefault('own'),
    fallback: 'own',
    purpose:
      'TLS of the port for agents. own: a certificate of the trust domain. files: MINTMARK_AGENT_TLS_CERT and MINTMARK_AGENT_TLS_KEY. off: plaintext, for a load balancer that ends TLS.',
  },
  agentTlsCert: {
    variable: 'MINTMARK_AGENT_TLS_CERT',
    schema: File.optional(),
    fallback: 'none',
    purpose: 'PEM file of the certificate for agents, with its intermediates.',
  },
  agentTlsKey: { variable: 'MINTMARK_AGENT_TLS_KEY', schema: File.optional(), fallback: 'none', purpose: 'PEM file of its private key.' },
  agentNames: {
    variable: 'MINTMARK_AGENT_NAMES',
    schema: Names.prefault(`localhost,127.0.0.1,::1,${hostname().toLowerCase()}`),
    fallback: 'localhost, 127.0.0.1, ::1 and the name of the host',
    purpose: 'Host names and addresses by which agents reach the server; they stand in its own certificate.',
  },
  agentBinding: {
    variable: 'MINTMARK_AGENT_BINDING',
    schema: Switch.prefault('off'),
    fallback: 'off',
    purpose: 'Refuse sessions of agents that show no client certificate. Only where TLS ends at this server.',
  },
  connectionAge: {
    variable: 'MINTMARK_AGENT_CONNECTION_AGE',
    schema: Duration.optional(),
    fallback: 'agents decide',
    purpose: 'Age at which connections of agents are asked to go elsewhere, so that they spread over replicas.',
  },
  masterKeyFile: {
    variable: 'MINTMARK_MASTER_KEY_FILE',
    schema: File.optional(),
    fallback: 'keys/master.key in the data folder, made at the first start',
    purpose:
      'File of 32 bytes that seals the private keys and the managed fingerprint key in the database. Replicas share it. Keep a copy: without it nothing can be signed, and scans no longer compare with earlier ones.',
  },
  previousMasterKeyFiles: {
    variable: 'MINTMARK_PREVIOUS_MASTER_KEY_FILES',
    schema: Names.prefault(''),
    fallback: 'none',
    purpose: 'Files of older master keys, until everything has been sealed anew.',
  },
  keysetLifetime: {
    variable: 'MINTMARK_KEYSET_LIFETIME',
    schema: Duration.optional(),
    fallback: '90d',
    purpose: 'Life of a keyset; the next one is prepared at the half.',
  },
  upstreamCert: {
    variable: 'MINTMARK_UPSTREAM_CERT',
    schema: File.optional(),
    fallback: 'none: the trust domain is its own root',
    purpose: 'PEM file of an authority above the trust domain that signs its issuing certificates, and of what lies above it.',
  },
  upstreamKey: { variable: 'MINTMARK_UPSTREAM_KEY', schema: File.optional(), fallback: 'none', purpose: 'PEM file of its private key.' },
  mintUrl: {
    variable: 'MINTMARK_MINT_URL',
    schema: z
      .url({ protocol: /^https?$/, error: 'must be an http or https address' })
      .transform((text) => text.replace(/\/+$/, ''))
      .optional(),
    fallback: 'the public URL, /mint/ and the name of the trust domain',
    purpose: 'Base address of the bundle endpoint, the keys and the discovery document. Clouds want https without a port.',
  },
  issuer: {
    variable: 'MINTMARK_JWT_ISSUER',
    schema: z
      .union([z.enum(['builtin', 'disabled']), z.url({ protocol: /^https$/ }).transform((url) => ({ url }))], {
        error: 'must be builtin, disabled or an https address',
      })
      .prefault('builtin'),
    fallback: 'builtin',
    purpose: 'Issuer (iss) of JWT-SVIDs. builtin: the base address above. disabled: none.',
  },
  publicHosts: {
    variable: 'MINTMARK_MINT_HOSTS',
    schema: Names.prefault(''),
    fallback: 'the host of the base address',
    purpose: 'Further hosts by which the bundle and discovery endpoints may be asked.',
  },
  bundleListen: {
    variable: 'MINTMARK_BUNDLE_LISTEN',
    schema: Address.optional(),
    fallback: 'none',
    purpose: 'Address and port where the bundle endpoint shows an X.509-SVID of the server (federation profile https_spiffe).',
  },
  outboundAllowed: {
    variable: 'MINTMARK_OUTBOUND_ALLOWED',
    schema: Names.prefault(''),
    fallback: 'none',
    purpose:
      'Host names, addresses and CIDR ranges inside the network that addresses in configuration may lead to, such as an API server or a federated server.',
  },
  outboundRoots: {
    variable: 'MINTMARK_OUTBOUND_ROOTS',
    schema: File.optional(),
    fallback: 'the well-known authorities alone',
    purpose: 'PEM file of further authorities that servers of such addresses may be signed by.',
  },
  tokenReviewCredentials: {
    variable: 'MINTMARK_TOKEN_REVIEW_CREDENTIALS',
    schema: Credentials.prefault(''),
    fallback: 'none',
    purpose:
      "The server's own bearer tokens for TokenReview: ADDRESS=FILE, for example https://10.0.0.1:6443=/etc/mintmark/production.token; several with commas between. Each is read at every use and sent to that API server alone.",
  },
  deploymentId: {
    variable: 'MINTMARK_DEPLOYMENT_ID',
    schema: z
      .string()
      .regex(/^tdd-[\w-]{1,64}$/, 'must begin with tdd-')
      .optional(),
    fallback: 'none',
    purpose: 'Deployment of the trust domain whose own configuration applies.',
  },
  eventDays: {
    variable: 'MINTMARK_EVENT_DAYS',
    schema: z.coerce.number<string>().int().min(1).max(3_650).prefault('90'),
    fallback: '90',
    purpose: 'Days that issuance events are kept.',
  },
  ocsf: {
    variable: 'MINTMARK_OCSF',
    schema: Switch.prefault('off'),
    fallback: 'off',
    purpose: 'Also write issuance and keyset events to standard output as OCSF lines.',
  },
} as const

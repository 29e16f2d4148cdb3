import { flag, list, map, record, text } from '../objects/shape.ts'
import type { ValueOf } from '../objects/shape.ts'

const NAME_CHARS_MAX = 1_024
const PEM_CHARS_MAX = 1024 * 1024
const ENTRIES_MAX = 10_000

const name = text(NAME_CHARS_MAX)
const pem = text(PEM_CHARS_MAX)

const cluster = record(
  {},
  {
    server: name,
    'certificate-authority': name,
    'certificate-authority-data': pem,
    'insecure-skip-tls-verify': flag,
    'tls-server-name': name,
    'proxy-url': name,
  },
)

const execPlugin = record(
  { command: name, args: list(text(16_384), 1_000), env: list(record({ name, value: text(65_536) }, {}), 1_000) },
  { apiVersion: name, interactiveMode: name, provideClusterInfo: flag, installHint: text(16_384) },
)
/** A program that prints credentials. */
export type ExecPlugin = ValueOf<typeof execPlugin>

const user = record(
  {},
  {
    'client-certificate': name,
    'client-certificate-data': pem,
    'client-key': name,
    'client-key-data': pem,
    token: pem,
    tokenFile: name,
    username: name,
    password: pem,
    'auth-provider': record({ name, config: map(pem) }, {}),
    exec: execPlugin,
  },
)

const context = record({ cluster: name }, { user: name, namespace: name })

/** What we need of a kubeconfig file; other fields are other programs' business. */
export const kubeconfigFile = record(
  {
    clusters: list(record({ name }, { cluster }), ENTRIES_MAX),
    users: list(record({ name }, { user }), ENTRIES_MAX),
    contexts: list(record({ name }, { context }), ENTRIES_MAX),
  },
  { 'current-context': name },
)
/** One kubeconfig file. */
export type KubeconfigFile = ValueOf<typeof kubeconfigFile>

/** What a credential plugin prints. */
export const execCredential = record(
  {
    apiVersion: name,
    kind: name,
    status: record({}, { token: pem, clientCertificateData: pem, clientKeyData: pem, expirationTimestamp: text(64) }),
  },
  {},
)

/** An entry together with the folder that its relative paths start from. */
export interface Named<Entry> {
  readonly entry: Entry
  readonly folder: string
}

/** How to reach a cluster. */
export type ClusterEntry = ValueOf<typeof cluster>
/** How a user proves who they are. */
export type UserEntry = ValueOf<typeof user>
/** Which user at which cluster. */
export type ContextEntry = ValueOf<typeof context>

import { z } from 'zod'

const NAME_CHARS_MAX = 1_024
const PEM_CHARS_MAX = 1024 * 1024
const ENTRIES_MAX = 10_000

const name = z.string().max(NAME_CHARS_MAX)
const pem = z.string().max(PEM_CHARS_MAX)

const Cluster = z.object({
  server: name.optional(),
  'certificate-authority': name.optional(),
  'certificate-authority-data': pem.optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': name.optional(),
  'proxy-url': name.optional(),
})

/** A program that prints credentials. */
export const ExecPlugin = z.object({
  apiVersion: name.optional(),
  command: name,
  args: z.array(z.string().max(16_384)).max(1_000).nullish(),
  env: z
    .array(z.object({ name, value: z.string().max(65_536) }))
    .max(1_000)
    .nullish(),
  interactiveMode: name.optional(),
  provideClusterInfo: z.boolean().optional(),
  installHint: z.string().max(16_384).optional(),
})
/** A program that prints credentials. */
export type ExecPlugin = z.infer<typeof ExecPlugin>

const User = z.object({
  'client-certificate': name.optional(),
  'client-certificate-data': pem.optional(),
  'client-key': name.optional(),
  'client-key-data': pem.optional(),
  token: pem.optional(),
  tokenFile: name.optional(),
  username: name.optional(),
  password: pem.optional(),
  'auth-provider': z.object({ name, config: z.record(z.string(), z.string().max(PEM_CHARS_MAX)).nullish() }).optional(),
  exec: ExecPlugin.nullish(),
})

const Context = z.object({ cluster: name, user: name.optional(), namespace: name.optional() })

/** What we need of a kubeconfig file; other fields are other programs' business. */
export const KubeconfigFile = z.object({
  'current-context': name.nullish(),
  clusters: z
    .array(z.object({ name, cluster: Cluster.nullish() }))
    .max(ENTRIES_MAX)
    .nullish(),
  users: z
    .array(z.object({ name, user: User.nullish() }))
    .max(ENTRIES_MAX)
    .nullish(),
  contexts: z
    .array(z.object({ name, context: Context.nullish() }))
    .max(ENTRIES_MAX)
    .nullish(),
})
/** One kubeconfig file. */
export type KubeconfigFile = z.infer<typeof KubeconfigFile>

/** What a credential plugin prints. */
export const ExecCredential = z.object({
  apiVersion: z.string(),
  kind: z.literal('ExecCredential'),
  status: z.object({
    token: pem.optional(),
    clientCertificateData: pem.optional(),
    clientKeyData: pem.optional(),
    expirationTimestamp: z.string().max(64).optional(),
  }),
})

/** An entry together with the folder that its relative paths start from. */
export interface Named<Entry> {
  readonly entry: Entry
  readonly folder: string
}

/** How to reach a cluster. */
export type ClusterEntry = z.infer<typeof Cluster>
/** How a user proves who they are. */
export type UserEntry = z.infer<typeof User>
/** Which user at which cluster. */
export type ContextEntry = z.infer<typeof Context>

import { UserError } from '@mintmark/ledger/model'
import { z } from 'zod'

const NAMESPACES_MAX = 1_000

const namespaceName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'is not a namespace name')

const Source = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('kubeconfig'),
    path: z.string().max(4_096).optional(),
    context: z.string().max(1_024).optional(),
    allowExec: z.boolean(),
  }),
  z.object({ type: z.literal('in-cluster') }),
  z.object({ type: z.literal('manifests'), directory: z.string().min(1).max(4_096) }),
])

const Settings = z.strictObject({
  source: Source,
  namespaces: z.array(namespaceName).max(NAMESPACES_MAX).optional(),
  excludeNamespaces: z.array(namespaceName).max(NAMESPACES_MAX).optional(),
  clusterName: z.string().min(1).max(253).optional(),
})

/** What to read: a cluster by kubeconfig or from inside, or a folder of manifests; and which namespaces of it. */
export interface KubernetesSettings {
  readonly source:
    | { readonly type: 'kubeconfig'; readonly path?: string; readonly context?: string; readonly allowExec: boolean }
    | { readonly type: 'in-cluster' }
    | { readonly type: 'manifests'; readonly directory: string }
  /** Only these; each is listed by itself, so permissions in these namespaces suffice. */
  readonly namespaces?: readonly string[]
  readonly excludeNamespaces?: readonly string[]
  /** Name to show, and the `{{cluster.name}}` of SPIFFE IDs; by default the name that the kubeconfig gives. */
  readonly clusterName?: string
}

/**
 * Checks settings that come from flags, a file or a request.
 *
 * @throws UserError with the field and what is wrong with it
 */
export function parseKubernetesSettings(input: unknown): KubernetesSettings {
  const result = Settings.safeParse(input)
  if (!result.success) {
    const [issue] = result.error.issues
    const field = issue?.path.join('.') ?? ''
    throw new UserError(
      'kubernetes-settings',
      `Setting ${field === '' ? 'of the Kubernetes source' : field} ${issue?.message ?? 'is not valid'}`,
      'Correct it and start again',
    )
  }
  const { source, namespaces, excludeNamespaces, clusterName } = result.data
  return {
    source: source.type === 'kubeconfig' ? withoutAbsent(source) : source,
    ...(namespaces === undefined || namespaces.length === 0 ? {} : { namespaces: [...new Set(namespaces)].toSorted() }),
    ...(excludeNamespaces === undefined || excludeNamespaces.length === 0 ? {} : { excludeNamespaces: [...new Set(excludeNamespaces)].toSorted() }),
    ...(clusterName === undefined ? {} : { clusterName }),
  }
}

function withoutAbsent({ type, path, context, allowExec }: Extract<z.infer<typeof Source>, { type: 'kubeconfig' }>): KubernetesSettings['source'] {
  return { type, allowExec, ...(path === undefined ? {} : { path }), ...(context === undefined ? {} : { context }) }
}

import { UserError } from '@mintmark/ledger/model'
import { fieldsOf } from './objects/fields.ts'
import { ShapeError, flag, list, record, text } from './objects/shape.ts'
import type { Shape } from './objects/shape.ts'

const NAMESPACES_MAX = 1_000
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

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

const path = text(4_096)
const namespaceName: Shape<string> = (value, at) => {
  if (typeof value === 'string' && NAMESPACE.test(value)) return value
  throw new ShapeError(`${at} is not a namespace name`)
}
const namespaces = list(namespaceName, NAMESPACES_MAX)

const kubeconfigSource = record({ allowExec: flag }, { path, context: text(1_024) })
const manifestSource = record({ directory: path }, {})

/** Every type of source has fields of its own. */
const source: Shape<KubernetesSettings['source']> = (value, at) => {
  switch (record({ type: text(64) }, {})(value, at).type) {
    case 'kubeconfig': {
      const { allowExec, path: file, context } = kubeconfigSource(value, at)
      return { type: 'kubeconfig', allowExec, ...(file === undefined ? {} : { path: file }), ...(context === undefined ? {} : { context }) }
    }
    case 'in-cluster':
      return { type: 'in-cluster' }
    case 'manifests': {
      const { directory } = manifestSource(value, at)
      if (directory === '') throw new ShapeError(`${at}.directory`)
      return { type: 'manifests', directory }
    }
    default:
      throw new ShapeError(`${at}.type`)
  }
}

const SETTINGS = new Set(['source', 'namespaces', 'excludeNamespaces', 'clusterName'])
const settings = record({ source }, { namespaces, excludeNamespaces: namespaces, clusterName: text(253) })

/**
 * Checks settings that come from flags, a file or a request.
 *
 * @throws UserError with the field and what is wrong with it
 */
export function parseKubernetesSettings(input: unknown): KubernetesSettings {
  try {
    const { clusterName, ...given } = settings(input, '')
    // A misspelt setting must not be passed over: without it more would be read than was meant.
    for (const name of Object.keys(fieldsOf(input))) if (!SETTINGS.has(name)) throw new ShapeError(`${name} is not known`)
    if (clusterName === '') throw new ShapeError('clusterName')
    const chosen = [...new Set(given.namespaces)].toSorted()
    const excluded = [...new Set(given.excludeNamespaces)].toSorted()
    return {
      source: given.source,
      ...(chosen.length === 0 ? {} : { namespaces: chosen }),
      ...(excluded.length === 0 ? {} : { excludeNamespaces: excluded }),
      ...(clusterName === undefined ? {} : { clusterName }),
    }
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error
    const what = error.path.includes(' ') ? error.path : `${error.path === '' ? 'of the Kubernetes source' : error.path} is not valid`
    throw new UserError('kubernetes-settings', `Setting ${what}`, 'Correct it and start again')
  }
}

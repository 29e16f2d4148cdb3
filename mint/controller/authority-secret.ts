import { z } from 'zod'
import { type KubernetesApi, KubernetesRefusal } from './kubernetes.ts'
import { WebhookAuthority } from './webhook-authority.ts'

/** The Secret that replicas share. */
export interface SecretName {
  readonly namespace: string
  readonly name: string
}

/** The authority as read, with what a change of it must name (Kubernetes' optimistic lock). */
export interface StoredAuthority {
  readonly authority: WebhookAuthority
  readonly resourceVersion: string
}

const KEY = 'authority.json'
const PERMISSION = 'get, create and update on secrets of its own namespace'
const Stored = z.object({ metadata: z.object({ resourceVersion: z.string() }), data: z.record(z.string(), z.string()).nullish() })

/** @returns undefined when there is none, or one that cannot be read (it is then written anew) */
export async function readAuthority(api: KubernetesApi, secret: SecretName): Promise<StoredAuthority | { readonly resourceVersion: string } | undefined> {
  const answer = await api.request('GET', pathOf(secret))
  if (answer.status === 404) return undefined
  if (answer.status !== 200) throw new KubernetesRefusal(`Reading the Secret ${secret.namespace}/${secret.name}`, answer, PERMISSION)
  const stored = Stored.parse(answer.body)
  const { resourceVersion } = stored.metadata
  const authority = WebhookAuthority.safeParse(parseText(stored.data?.[KEY]))
  return authority.success ? { authority: authority.data, resourceVersion } : { resourceVersion }
}

/** @returns false when another replica was faster: read again */
export async function writeAuthoritySecret(
  api: KubernetesApi,
  secret: SecretName,
  authority: WebhookAuthority,
  resourceVersion: string | undefined,
): Promise<boolean> {
  const object = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: { ...secret, labels: { 'app.kubernetes.io/name': 'spirl-controller' }, ...(resourceVersion !== undefined && { resourceVersion }) },
    data: { [KEY]: Buffer.from(JSON.stringify(authority)).toString('base64') },
  }
  const answer =
    resourceVersion === undefined
      ? await api.request('POST', `/api/v1/namespaces/${secret.namespace}/secrets`, object)
      : await api.request('PUT', pathOf(secret), object)
  if (answer.status === 409) return false
  if (answer.status >= 300) throw new KubernetesRefusal(`Writing the Secret ${secret.namespace}/${secret.name}`, answer, PERMISSION)
  return true
}

function pathOf({ namespace, name }: SecretName): string {
  return `/api/v1/namespaces/${namespace}/secrets/${name}`
}

function parseText(base64: string | undefined): unknown {
  if (base64 === undefined) return undefined
  try {
    return JSON.parse(Buffer.from(base64, 'base64').toString('utf8'))
  } catch {
    return undefined
  }
}

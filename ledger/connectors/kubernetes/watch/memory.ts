import { createHash } from 'node:crypto'
import { fieldsOf } from '../objects/fields.ts'
import type { KubernetesObject } from '../objects/object.ts'

/** What watching remembers of every object: its name and a digest of what the scan reads of it. Never a value. */
export interface WatchMemory {
  remember(object: KubernetesObject): void
  /** Remembers it, and tells whether it says something else than before. */
  isNews(object: KubernetesObject): boolean
  /** False when the object was not known. */
  forget(collection: string, namespace: string, name: string): boolean
  /** Known objects of a collection, for finding those that vanished while nobody watched. */
  known(collection: string): readonly { readonly namespace: string; readonly name: string }[]
}

const DIGEST_CHARS = 16

/** A memory that knows nothing yet. */
export function createWatchMemory(): WatchMemory {
  const digests = new Map<string, Map<string, string>>()
  const of = (collection: string): Map<string, string> => {
    const known = digests.get(collection) ?? new Map<string, string>()
    digests.set(collection, known)
    return known
  }
  return {
    remember(object) {
      of(object.row.collection).set(`${object.ref.namespace}/${object.ref.name}`, digestOf(object))
    },
    isNews(object) {
      const known = of(object.row.collection)
      const id = `${object.ref.namespace}/${object.ref.name}`
      const digest = digestOf(object)
      if (known.get(id) === digest) return false
      known.set(id, digest)
      return true
    },
    forget: (collection, namespace, name) => of(collection).delete(`${namespace}/${name}`),
    known: (collection) =>
      [...of(collection).keys()].map((id) => {
        const slash = id.indexOf('/')
        return { namespace: id.slice(0, slash), name: id.slice(slash + 1) }
      }),
  }
}

/** Left out because they change with every step of a rollout or every heartbeat, and hold nothing that a scan reads. */
const RESTLESS = { resourceVersion: undefined, generation: undefined, managedFields: undefined, selfLink: undefined, finalizers: undefined }

/** Digest of the parts that a scan reads: everything but the status and restless metadata. */
function digestOf(object: KubernetesObject): string {
  const kept = { ...object.fields, status: undefined, metadata: { ...fieldsOf(object.fields['metadata']), ...RESTLESS } }
  return createHash('sha256').update(JSON.stringify(kept)).digest('base64').slice(0, DIGEST_CHARS)
}

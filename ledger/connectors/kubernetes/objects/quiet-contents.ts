import { hash } from 'node:crypto'
import { fieldsOf, textOf } from './fields.ts'
import type { KubernetesObject } from './object.ts'

/** Remembers contents that hold nothing to report: the same ConfigMap, such as kube-root-ca.crt, stands in every namespace of a cluster. */
export interface QuietContents {
  /** What the search finds, or nothing when equal contents held nothing before. */
  judge<Found>(object: KubernetesObject, search: () => Found[]): Found[]
}

/** Contents that are remembered. */
const CONTENTS_MAX = 4_096
const SKETCH_CHARS_MAX = 256
/** Up to here a digest costs nothing that counts. */
const SHORT_CHARS_MAX = 8 * 1024

/** A memory that knows nothing yet. It holds digests, names and lengths, never values. */
export function createQuietContents(): QuietContents {
  const sketches = new Set<string>()
  const quiet = new Set<string>()
  return {
    judge(object, search) {
      const { chars, sketch } = sketchOf(object)
      // Most long texts stand once, and a digest would cost as much as a search: only what looks like something known is told by one.
      if (chars > SHORT_CHARS_MAX && !sketches.has(sketch)) {
        if (sketches.size < CONTENTS_MAX) sketches.add(sketch)
        return search()
      }
      const digest = digestOf(object)
      if (quiet.has(digest)) return []
      const found = search()
      if (found.length === 0 && quiet.size < CONTENTS_MAX) quiet.add(digest)
      return found
    },
  }
}

/** Characters of all values, and the names and lengths of the first ones. */
function sketchOf({ fields }: KubernetesObject): { readonly chars: number; readonly sketch: string } {
  let chars = 0
  let sketch = ''
  for (const map of [fieldsOf(fields['data']), fieldsOf(fields['binaryData'])]) {
    for (const key of Object.keys(map)) {
      const { length } = textOf(map[key])
      chars += length
      if (sketch.length < SKETCH_CHARS_MAX) sketch += `${key} ${length} `
    }
  }
  return { chars, sketch }
}

function digestOf({ annotations, labels, fields }: KubernetesObject): string {
  const parts: string[] = []
  for (const map of [annotations, labels, fieldsOf(fields['data']), fieldsOf(fields['binaryData'])]) {
    parts.push('\u0001')
    for (const key of Object.keys(map)) parts.push(key, textOf(map[key]))
  }
  return hash('sha256', parts.join('\u0000'), 'base64')
}

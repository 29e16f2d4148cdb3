import { gunzipSync } from 'node:zlib'
import { extractGroups } from './extract.ts'
import type { JsonObject } from './generator/index.ts'
import { objectName } from './hit.ts'

/** A text file for line-based scanners, and which object each line belongs to. */
export interface View {
  readonly name: string
  readonly text: string
  /** Object name of each line, from line 1 at index 0. */
  readonly lines: readonly string[]
}

/** One API object a line, as an API server or an audit log writes them. */
export function rawView(objects: readonly JsonObject[], names: readonly string[]): View {
  return { name: 'objects.ndjson', text: `${objects.map((object) => JSON.stringify(object)).join('\n')}\n`, lines: names }
}

function helmLeaves(node: unknown, path: string): string[] {
  if (typeof node === 'string') return [`${path}="${node}"`]
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([name, value]) => helmLeaves(value, path === '' ? name : `${path}.${name}`))
}

function clearText(kind: string, key: string, text: string): string {
  if (kind !== 'helm') return text.includes('\n') ? `# ${key}\n${text}` : `${key}="${text}"`
  const release: unknown = JSON.parse(gunzipSync(Buffer.from(text, 'base64')).toString())
  const { config, manifest } = Object.fromEntries(Object.entries(release ?? {}))
  return [...helmLeaves(config, ''), String(manifest)].join('\n')
}

/** The view that helps a text scanner most: every entry decoded, as `KEY="value"` or as its own file's lines. */
export function clearView(objects: readonly JsonObject[]): View {
  const parts: string[] = []
  const lines: string[] = []
  for (const object of objects) {
    for (const group of extractGroups(object)) {
      for (const entry of group.entries) {
        if (entry.origin === 'annotation' && entry.key.endsWith('last-applied-configuration')) continue
        const decoded = entry.form === 'base64' ? Buffer.from(entry.value, 'base64').toString() : entry.value
        const text = clearText(group.context.secretType === 'helm.sh/release.v1' ? 'helm' : 'plain', entry.key === '' ? 'arg' : entry.key, decoded)
        parts.push(text)
        for (let line = 0; line <= text.split('\n').length - 1; line++) lines.push(objectName(group.object))
      }
    }
  }
  return { name: 'entries.txt', text: `${parts.join('\n')}\n`, lines }
}

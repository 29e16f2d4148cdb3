import type { Entry } from '@mintmark/ledger/detection'
import { fieldsOf, isFields, optionalText, scalarText } from '../objects/fields.ts'
import { isHelmRelease } from '../objects/field-owners.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { IMAGES_MAX, VALUE_CHARS_MAX, tooLongProblem } from './group.ts'
import type { EntryGroup, GroupProblem } from './group.ts'

/** How the consumers of a Secret or ConfigMap know its values. */
export interface KnownAs {
  /** Names of one key: environment variables, file names. Bounded. */
  readonly aliases: (key: string) => readonly string[]
  /** Images of the containers that take the object. Bounded. */
  readonly images: readonly string[]
}

/** Nobody takes the object. */
export const NOT_CONSUMED: KnownAs = { aliases: () => [], images: [] }

const MAPS = {
  Secret: [
    ['data', 'base64'],
    ['stringData', 'text'],
  ],
  ConfigMap: [
    ['data', 'text'],
    ['binaryData', 'base64'],
  ],
} as const

/** The values of a Secret or ConfigMap as one group, because the keys of one object explain each other. */
export function dataGroup(object: KubernetesObject, knownAs: KnownAs, problems: GroupProblem[]): EntryGroup | undefined {
  const kind = object.row.kind === 'Secret' ? 'Secret' : 'ConfigMap'
  const origin = kind === 'Secret' ? 'secret' : 'configmap'
  const replacing = fieldsOf(object.fields['stringData'])
  const entries: Entry[] = []
  const fields: string[] = []
  for (const [field, form] of MAPS[kind]) {
    const values = object.fields[field]
    if (!isFields(values)) continue
    for (const key of Object.keys(values)) {
      const value = scalarText(values[key])
      if (value === '') continue
      // The server lets stringData replace data of the same key.
      if (field === 'data' && kind === 'Secret' && Object.hasOwn(replacing, key)) continue
      if (value.length > VALUE_CHARS_MAX) {
        problems.push(tooLongProblem([field, { entry: key }], value.length))
        continue
      }
      entries.push({ key, value, form, origin, aliases: knownAs.aliases(key) })
      fields.push(field)
    }
  }
  if (entries.length === 0) return undefined
  const secretType = isHelmRelease(object) ? 'helm.sh/release.v1' : optionalText(object.fields['type'])
  return {
    id: 'data',
    entries,
    context: { ...(secretType === undefined ? {} : { secretType }), images: knownAs.images.slice(0, IMAGES_MAX) },
    exposure: kind === 'Secret' ? 'kubernetes-secret' : 'configmap',
    pathOf: (entry) => [fields[entry] ?? 'data', { entry: entries[entry]?.key ?? '' }],
  }
}

/** Names of all keys that an object offers to its consumers. */
export function keysOf(object: KubernetesObject): readonly string[] {
  const { data, stringData, binaryData } = object.fields
  if (stringData === undefined && binaryData === undefined) return Object.keys(fieldsOf(data))
  return [...new Set([data, stringData, binaryData].flatMap((values) => Object.keys(fieldsOf(values))))]
}

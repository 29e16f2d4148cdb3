import type { Random } from '../random.ts'
import { HEX } from '../random.ts'
import { uuid } from '../words.ts'
import { isJsonObject, objectChild } from './json.ts'
import { type Json, type JsonObject, type PlacedText, type PlannedObject, assemble, jsonPointer } from './placed.ts'

export interface ObjectHead {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly labels?: JsonObject
  readonly annotations?: JsonObject
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** apiVersion, kind and metadata as an API server fills them. */
export function objectHead(random: Random, head: ObjectHead): JsonObject {
  const at = `2025-${String(random.int(1, 12)).padStart(2, '0')}-${String(random.int(1, 28)).padStart(2, '0')}T0${random.int(0, 9)}:${random.int(10, 59)}:${random.int(10, 59)}Z`
  return {
    apiVersion: head.apiVersion,
    kind: head.kind,
    metadata: {
      name: head.name,
      namespace: head.namespace,
      uid: uuid(random),
      resourceVersion: `${random.int(1000, 99_999_999)}`,
      creationTimestamp: at,
      ...(head.labels === undefined ? {} : { labels: head.labels }),
      annotations: { ...head.annotations, ...(random.chance(0.3) ? { 'checksum/config': random.text(HEX, 64) } : {}) },
    },
  }
}

function ownedFields(node: Json): JsonObject {
  if (typeof node !== 'object' || node === null) return {}
  if (Array.isArray(node)) {
    const named = node.filter((item): item is JsonObject => typeof item === 'object' && item !== null && !Array.isArray(item) && 'name' in item)
    return Object.fromEntries(named.map((item) => [`k:${JSON.stringify({ name: item['name'] ?? '' })}`, { '.': {}, ...ownedFields(item) }]))
  }
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [`f:${name}`, ownedFields(value)]))
}

/** `metadata.managedFields` that name every field and hold no value. */
export function withManagedFields(random: Random, object: JsonObject): JsonObject {
  const { apiVersion, kind, metadata, ...rest } = object
  const meta = isJsonObject(metadata) ? metadata : {}
  const labels = meta['labels'] ?? {}
  const managedFields = [
    {
      manager: random.pick(['kubectl-client-side-apply', 'helm', 'argocd-controller', 'kustomize-controller']),
      operation: 'Update',
      apiVersion: apiVersion ?? 'v1',
      time: meta['creationTimestamp'] ?? '',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:metadata': { 'f:annotations': { '.': {} }, 'f:labels': { '.': {}, ...ownedFields(labels) } }, ...ownedFields(rest) },
    },
  ]
  return { apiVersion: apiVersion ?? '', kind: kind ?? '', metadata: { ...meta, managedFields }, ...rest }
}

/** Where a text stands inside the annotation's copy: `stringData` keeps it plain, `data` keeps base64. */
function copiedText(placed: PlacedText, isStringData: boolean): PlacedText {
  const pointer = isStringData ? ['stringData', ...placed.pointer.slice(1)] : placed.pointer
  const steps = [`json:${jsonPointer(pointer)}`, ...(placed.form === 'base64' && !isStringData ? ['base64'] : [])]
  return {
    pointer: ['metadata', 'annotations', LAST_APPLIED],
    key: LAST_APPLIED,
    text: placed.text,
    form: 'text',
    place: 'last-applied',
    consumers: [],
    isHistoric: true,
    usage: 'historic',
    chain: steps,
    ...(placed.container === undefined ? {} : { container: placed.container }),
  }
}

/** Adds the copy that `kubectl apply` leaves, with plain `stringData` for some Secrets. */
export function withLastApplied(random: Random, planned: PlannedObject): PlannedObject {
  const isStringData = planned.body['kind'] === 'Secret' && random.chance(0.5) && planned.texts.every(({ text }) => !text.text.includes('\u0000'))
  const shallow = planned.texts.filter(({ chain }) => chain === undefined)
  const whole = assemble({ body: planned.body, texts: shallow })
  const { metadata, data, ...rest } = whole
  const meta = isJsonObject(metadata) ? metadata : {}
  const plainData = Object.fromEntries(shallow.map(({ pointer, text }) => [String(pointer.at(-1)), text.text]))
  const copy: JsonObject = {
    ...rest,
    metadata: { annotations: meta['annotations'] ?? {}, name: meta['name'] ?? '', namespace: meta['namespace'] ?? '' },
    ...(data === undefined ? {} : isStringData ? { stringData: plainData } : { data }),
  }
  const before = objectChild(planned.body, 'metadata')
  const annotations = { ...objectChild(before, 'annotations'), [LAST_APPLIED]: `${JSON.stringify(copy)}\n` }
  const body: JsonObject = { ...planned.body, metadata: { ...before, annotations } }
  return { body, texts: [...planned.texts, ...shallow.map((placed) => copiedText(placed, isStringData))] }
}

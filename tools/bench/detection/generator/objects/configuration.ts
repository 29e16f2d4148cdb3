import type { MarkedText } from '../marked-text.ts'
import type { Random } from '../random.ts'
import { objectHead } from './metadata.ts'
import type { JsonObject, PlacedText, PlannedObject, Place, UsageVerdict } from './placed.ts'

/** One key of a Secret or ConfigMap, with what its consumers make of it. */
export interface EntryPlan {
  readonly key: string
  readonly text: MarkedText
  readonly place: Place
  readonly usage?: UsageVerdict
  readonly consumers: readonly string[]
}

export interface ConfigurationPlan {
  readonly kind: 'Secret' | 'ConfigMap'
  readonly namespace: string
  readonly name: string
  readonly type?: string
  readonly labels?: JsonObject
  readonly annotations?: JsonObject
  readonly entries: readonly EntryPlan[]
}

/** A Secret or ConfigMap; ConfigMap entries of place `configmap-binary` go to `binaryData`. */
export function configurationObject(random: Random, plan: ConfigurationPlan): PlannedObject {
  const head = objectHead(random, {
    apiVersion: 'v1',
    kind: plan.kind,
    namespace: plan.namespace,
    name: plan.name,
    ...(plan.labels === undefined ? {} : { labels: plan.labels }),
    ...(plan.annotations === undefined ? {} : { annotations: plan.annotations }),
  })
  const texts = plan.entries.map((entry): PlacedText => {
    const isBinary = entry.place === 'configmap-binary'
    return {
      pointer: [isBinary ? 'binaryData' : 'data', entry.key],
      key: entry.key,
      text: entry.text,
      form: plan.kind === 'Secret' || isBinary ? 'base64' : 'text',
      place: entry.place,
      consumers: entry.consumers,
      ...(entry.usage === undefined ? {} : { usage: entry.usage }),
    }
  })
  return { body: plan.kind === 'Secret' ? { ...head, type: plan.type ?? 'Opaque', data: {} } : { ...head, data: {} }, texts }
}

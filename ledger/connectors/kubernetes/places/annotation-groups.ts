import type { Exposure } from '@mintmark/contract/scan'
import type { Entry } from '@mintmark/ledger/detection'
import type { Fields } from '../objects/fields.ts'
import type { KubernetesObject } from '../objects/object.ts'
import type { PodTemplate } from '../workloads/pod-template.ts'
import { VALUE_CHARS_MAX, tooLongProblem } from './group.ts'
import type { EntryGroup, GroupProblem } from './group.ts'

/** The whole object as `kubectl apply` last sent it, values included; it is opened as an object of its own. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** Written by Kubernetes and Helm themselves; they hold names, numbers and times. */
const KEPT_BY_SYSTEM = new Set([
  LAST_APPLIED,
  'deployment.kubernetes.io/revision',
  'deprecated.daemonset.template.generation',
  'batch.kubernetes.io/job-tracking',
  'batch.kubernetes.io/cronjob-scheduled-timestamp',
  'kubectl.kubernetes.io/restartedAt',
  'kubernetes.io/service-account.name',
  'kubernetes.io/service-account.uid',
  'kubernetes.io/description',
  'meta.helm.sh/release-name',
  'meta.helm.sh/release-namespace',
])

/** Who can read an annotation is who can read its object. */
function exposureOf(object: KubernetesObject): Exposure {
  if (object.row.role === 'workload') return 'workload'
  if (object.row.kind === 'Secret') return 'kubernetes-secret'
  return object.row.kind === 'ConfigMap' ? 'configmap' : 'metadata'
}

/** Annotations of an object and, for workloads, of their templates: one group for each map. */
export function annotationGroups(object: KubernetesObject, template: PodTemplate | undefined, problems: GroupProblem[]): EntryGroup[] {
  const maps: (readonly [Fields, readonly string[]])[] = [[object.annotations, ['metadata', 'annotations']]]
  if (template !== undefined) maps.push([template.annotations, [...template.path, 'metadata', 'annotations']])
  const groups: EntryGroup[] = []
  for (const [annotations, path] of maps) {
    const entries: Entry[] = []
    for (const [key, value] of Object.entries(annotations)) {
      if (typeof value !== 'string' || value === '' || KEPT_BY_SYSTEM.has(key)) continue
      if (value.length > VALUE_CHARS_MAX) problems.push(tooLongProblem([...path, { entry: key }], value.length))
      else entries.push({ key, value, form: 'text', origin: 'annotation', aliases: [] })
    }
    if (entries.length === 0) continue
    groups.push({
      id: path.join('.'),
      entries,
      context: { images: [] },
      exposure: exposureOf(object),
      pathOf: (entry) => [...path, { entry: entries[entry]?.key ?? '' }],
    })
  }
  return groups
}

import type { Exposure } from '@mintmark/contract/scan'
import type { Entry } from '@mintmark/ledger/detection'
import type { Fields } from '../objects/fields.ts'
import type { KubernetesObject } from '../objects/object.ts'
import type { FieldPath } from '../objects/path.ts'
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

const NO_ALIASES: readonly string[] = []

/** Annotations of an object and, for workloads, of their templates: one group for each map. */
export function annotationGroups(object: KubernetesObject, template: PodTemplate | undefined, problems: GroupProblem[]): EntryGroup[] {
  const groups: EntryGroup[] = []
  addGroup(groups, 'annotations', object, object.annotations, [], problems)
  if (template !== undefined) addGroup(groups, 'annotations of the template', object, template.annotations, template.path, problems)
  return groups
}

function addGroup(groups: EntryGroup[], id: string, object: KubernetesObject, annotations: Fields, holder: readonly string[], problems: GroupProblem[]): void {
  const entries: Entry[] = []
  const pathOf = (key: string): FieldPath => [...holder, 'metadata', 'annotations', { entry: key }]
  for (const key of Object.keys(annotations)) {
    const value = annotations[key]
    if (typeof value !== 'string' || value === '' || KEPT_BY_SYSTEM.has(key)) continue
    if (value.length > VALUE_CHARS_MAX) problems.push(tooLongProblem(pathOf(key), value.length))
    else entries.push({ key, value, form: 'text', origin: 'annotation', aliases: NO_ALIASES })
  }
  if (entries.length === 0) return
  groups.push({ id, entries, context: { images: [] }, exposure: exposureOf(object), pathOf: (entry) => pathOf(entries[entry]?.key ?? '') })
}

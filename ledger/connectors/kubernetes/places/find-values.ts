import type { ScanEvent } from '@mintmark/contract/scan'
import type { Detection, Detector } from '@mintmark/ledger/detection'
import { readPodTemplate } from '../workloads/pod-template.ts'
import type { PodTemplate } from '../workloads/pod-template.ts'
import { toKubernetesObject } from '../objects/object.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { LAST_APPLIED, annotationGroups } from './annotation-groups.ts'
import { NOT_CONSUMED, dataGroup } from './data-groups.ts'
import type { KnownAs } from './data-groups.ts'
import { VALUE_CHARS_MAX, tooLongProblem } from './group.ts'
import type { EntryGroup, GroupProblem } from './group.ts'
import { problemLine, reportDetection } from './report.ts'
import type { Copy, Subject } from './report.ts'
import { workloadGroups } from './workload-groups.ts'

/** What the caller knows of an object already. */
export interface Known {
  /** How consumers of a Secret or ConfigMap know its values. */
  readonly knownAs?: KnownAs
  readonly template?: PodTemplate
}

interface Judged {
  readonly group: EntryGroup
  readonly detection: Detection
}

/**
 * Everything that detection says of one object: its occurrences, references and problems.
 * The values live for this call only; what it returns holds none (law 1).
 */
export function findValues(subject: Subject, detector: Detector, { knownAs = NOT_CONSUMED, template }: Known = {}): ScanEvent[] {
  const { object } = subject
  const problems: GroupProblem[] = []
  const events: ScanEvent[] = []
  const judged: Judged[] = []
  for (const group of groupsOf(object, knownAs, problems, template)) {
    const detection = detector.detect(group.entries, group.context)
    judged.push({ group, detection })
    reportDetection(subject, group, detection, events)
  }
  const applied = object.annotations[LAST_APPLIED]
  if (typeof applied === 'string' && applied !== '') {
    const current = new Set(judged.flatMap(({ detection }) => detection.findings.map(({ finding }) => finding.fingerprint)))
    const copy: Copy = { path: ['metadata', 'annotations', { entry: LAST_APPLIED }], entry: LAST_APPLIED, current }
    for (const group of appliedGroups(object, applied, copy, knownAs, problems)) {
      const now = judged.find((one) => one.group.id === group.id && sameEntries(one.group, group))
      reportDetection(subject, group, now?.detection ?? detector.detect(group.entries, group.context), events, copy)
    }
  }
  for (const problem of problems) events.push(problemLine(object, problem.path, problem.problem))
  return events
}

function groupsOf(object: KubernetesObject, knownAs: KnownAs, problems: GroupProblem[], template?: PodTemplate): EntryGroup[] {
  if (object.row.role === 'workload') {
    const pod = template ?? readPodTemplate(object)
    return [...workloadGroups(pod, problems), ...annotationGroups(object, pod, problems)]
  }
  const data = object.row.role === 'data' ? dataGroup(object, knownAs, problems) : undefined
  const annotations = annotationGroups(object, undefined, problems)
  return data === undefined ? annotations : [data, ...annotations]
}

/** The object inside last-applied is opened like any other, because its Secret data is base64 and its variables are named beside their values. */
function appliedGroups(object: KubernetesObject, text: string, copy: Copy, knownAs: KnownAs, problems: GroupProblem[]): EntryGroup[] {
  if (text.length > VALUE_CHARS_MAX) {
    problems.push(tooLongProblem(copy.path, text.length))
    return []
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    problems.push({ path: copy.path, problem: 'The annotation is not JSON; it was not searched' })
    return []
  }
  const applied = toKubernetesObject(object.row, parsed)
  // Problems of the copy repeat those of the object.
  return applied === undefined ? [] : groupsOf(applied, knownAs, [])
}

function sameEntries(one: EntryGroup, other: EntryGroup): boolean {
  if (one.entries.length !== other.entries.length || one.context.secretType !== other.context.secretType) return false
  return one.entries.every((entry, index) => {
    const twin = other.entries[index]
    return twin !== undefined && entry.key === twin.key && entry.form === twin.form && entry.value === twin.value
  })
}

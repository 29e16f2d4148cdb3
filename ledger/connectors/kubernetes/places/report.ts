import { LIMITS } from '@mintmark/contract/scan/plain'
import type { Finding, ObservationLine, ProblemLine, ScanEvent } from '@mintmark/contract/scan'
import type { Detected, DetectedReference, Detection } from '@mintmark/ledger/detection'
import { deploymentKey, occurrenceKey } from '@mintmark/ledger/model'
import { existsSince, historicRelease } from '../objects/field-owners.ts'
import { boundText } from '../objects/fields.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { formatPath } from '../objects/path.ts'
import type { FieldPath } from '../objects/path.ts'
import type { EntryGroup } from './group.ts'

/** The object whose values were judged, and the cluster that holds it. */
export interface Subject {
  readonly cluster: string
  readonly object: KubernetesObject
  /** Why everything in the object is a copy of the past. */
  readonly historic?: string
}

/** The group comes out of a copy of the object that is kept inside the object. */
export interface Copy {
  readonly path: FieldPath
  readonly entry: string
  /** Fingerprints of what the object itself holds now. */
  readonly current: ReadonlySet<string>
}

/** Turns what the detector said of one group into lines of the scan document. */
export function reportDetection(subject: Subject, group: EntryGroup, detection: Detection, events: ScanEvent[], copy?: Copy): void {
  for (const detected of detection.findings) events.push(occurrenceLine(subject, group, detected, copy))
  // A copy repeats references and problems of the object; only what it holds is news.
  if (copy !== undefined) return
  for (const reference of detection.references) events.push(referenceLine(subject, group, reference))
  for (const { entry, field, problem } of detection.problems) {
    const path = group.pathOf(entry)
    events.push(problemLine(subject.object, field === undefined ? path : [...path, field], problem))
  }
}

/** A line of the collection of an object. */
export function lineOf(object: KubernetesObject, observation: ObservationLine['observation']): ObservationLine {
  return { type: 'observation', collection: object.row.collection, namespace: object.ref.namespace, object: object.ref.name, observation }
}

/** Something inside an object that could not be read, named by object and field. */
export function problemLine(object: KubernetesObject, path: FieldPath, problem: string): ProblemLine {
  return {
    type: 'problem',
    collection: object.row.collection,
    namespace: object.ref.namespace,
    object: object.ref.name,
    field: boundText(formatPath(path), LIMITS.sentenceCharsMax),
    problem: boundText(problem, LIMITS.sentenceCharsMax),
  }
}

function occurrenceLine({ cluster, object, historic: past }: Subject, group: EntryGroup, detected: Detected, copy: Copy | undefined): ObservationLine {
  const inner = group.pathOf(detected.entry)
  const path = formatPath(copy?.path ?? inner)
  const field = fieldOf(inner, detected.field, copy)
  const { line, column } = detected.position
  const encoding = [
    ...(copy === undefined ? [] : ['json']),
    ...(group.expanded?.has(detected.entry) === true ? ['variable-expansion'] : []),
    ...detected.encoding,
  ]
  const historic = copy === undefined ? (past ?? detected.historic ?? historicRelease(object)) : explainCopy(copy, detected.finding)
  const since = existsSince(object, copy?.path ?? inner)
  const key = occurrenceKey(cluster, object.ref, { path, field, line, column, rule: detected.finding.rule })
  return lineOf(object, {
    entity: 'occurrence',
    key: boundText(key, LIMITS.pathCharsMax),
    object: object.ref,
    path,
    entry: boundText(copy?.entry ?? group.entries[detected.entry]?.key ?? '', LIMITS.nameCharsMax),
    ...(field === undefined ? {} : { field }),
    position: detected.position,
    encoding: encoding.slice(0, 16),
    exposure: group.exposure,
    ...(group.container === undefined ? {} : { container: group.container }),
    ...(historic === undefined ? {} : { historic: boundText(historic, LIMITS.sentenceCharsMax) }),
    ...(since === undefined ? {} : { existsSince: since }),
    copyFingerprint: detected.copyFingerprint,
    finding: detected.finding,
  })
}

/** Inside a copy, the way through the copy is a part of the field. */
function fieldOf(inner: FieldPath, field: string | undefined, copy: Copy | undefined): string | undefined {
  if (copy === undefined) return field === undefined ? undefined : boundText(field, LIMITS.pathCharsMax / 2)
  const place = formatPath(inner)
  return boundText(field === undefined ? place : `${place}.${field}`, LIMITS.pathCharsMax / 2)
}

function explainCopy(copy: Copy, finding: Finding): string {
  return copy.current.has(finding.fingerprint)
    ? `${copy.entry} keeps a copy of a value that the object holds now`
    : `${copy.entry} keeps a value that the object no longer holds`
}

function referenceLine({ cluster, object }: Subject, group: EntryGroup, reference: DetectedReference): ObservationLine {
  const path = formatPath(group.pathOf(reference.entry))
  const field = reference.field === undefined ? undefined : boundText(reference.field, LIMITS.pathCharsMax / 2)
  return lineOf(object, {
    entity: 'reference',
    key: boundText(`${deploymentKey(cluster, object.ref)}#${path}#${field ?? ''}#${reference.kind}`, LIMITS.pathCharsMax),
    object: object.ref,
    path,
    entry: boundText(group.entries[reference.entry]?.key ?? '', LIMITS.nameCharsMax),
    ...(field === undefined ? {} : { field }),
    kind: reference.kind,
    ...(reference.target === undefined ? {} : { target: reference.target.slice(0, 512) }),
  })
}

import { readFile } from 'node:fs/promises'
import type { ProblemLine } from '@mintmark/contract/scan'
import { LIMITS } from '@mintmark/contract/scan/plain'
import type { Feed, FeedItem } from '../feed.ts'
import { boundText, optionalText } from '../objects/fields.ts'
import type { Fields } from '../objects/fields.ts'
import { toKubernetesObject } from '../objects/object.ts'
import { KINDS, kindNamed } from '../permissions.ts'
import type { KindRow } from '../permissions.ts'
import { findDocuments, objectsOf, parseManifest } from './documents.ts'
import type { DocumentPlace } from './documents.ts'
import type { ManifestFile, Walk } from './walk.ts'

/** Kinds that run containers but that the scanner's role does not grant. A person should know that they were not searched. */
const UNREAD_KINDS = new Set(['Pod', 'ReplicaSet', 'ReplicationController'])

interface Indexed {
  readonly file: ManifestFile
  readonly isJson: boolean
  readonly places: readonly DocumentPlace[]
}

/**
 * A folder of manifests as a source of objects. It is read once to learn where which kinds lie, and then kind by kind,
 * so that the order is the same as with a cluster and no more than one file is in memory.
 */
export async function openManifests(walk: Walk, signal: AbortSignal): Promise<Feed> {
  const files: Indexed[] = []
  for (const file of walk.files) {
    signal.throwIfAborted()
    const isJson = /\.json$/i.test(file.name)
    files.push({ file, isJson, places: findDocuments(await readFile(file.path), isJson) })
  }
  const unreadable = new Set<string>(walk.problems.map(({ name }) => name))
  const ignored = new Map<string, number>()
  return {
    knowsAbsence: false,
    prepare: () => undefined,
    async *list(row, namespace) {
      const first = row === KINDS[0]
      if (first) yield walk.problems.map(({ name, problem }) => ({ problem: problemOf(name, 'file', problem) }))
      for (const indexed of files) {
        signal.throwIfAborted()
        const places = indexed.places.filter((place) => isOf(place, row, first))
        if (places.length === 0) continue
        const bytes = await readFile(indexed.file.path)
        yield itemsOf({ bytes, indexed, places, row, namespace, first, unreadable, ignored })
      }
    },
    gap: () => (unreadable.size === 0 ? undefined : `${unreadable.size} documents or files could not be read; the problems name them`),
    notes: () =>
      [...ignored]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([kind, count]) => boundText(`${count} of kind ${kind} lie in the manifests; the kind is not read`, 256)),
  }
}

/** The first pass also takes what speaks of no known kind, to tell malformed documents from those of other kinds. */
function isOf({ kinds }: DocumentPlace, row: KindRow, first: boolean): boolean {
  if (kinds.has(row.kind) || kinds.has(`${row.kind}List`)) return true
  return first && ([...kinds].every((kind) => kindNamed(kind.replace(/List$/, '')) === undefined) || [...kinds].some((kind) => UNREAD_KINDS.has(kind)))
}

interface Pass {
  readonly bytes: Buffer
  readonly indexed: Indexed
  readonly places: readonly DocumentPlace[]
  readonly row: KindRow
  readonly namespace: string | undefined
  readonly first: boolean
  readonly unreadable: Set<string>
  readonly ignored: Map<string, number>
}

function* itemsOf(pass: Pass): Generator<FeedItem> {
  const { bytes, indexed, places, unreadable } = pass
  for (const place of places) {
    const document = `${indexed.file.name}#${place.number}`
    if (unreadable.has(document)) continue
    const parsed = parseManifest(bytes.toString('utf8', place.start, place.end), indexed.isJson, place.line)
    if (parsed.ok) {
      for (const { kind, fields } of objectsOf(parsed.value)) yield* itemOf(pass, kind, fields, place)
      continue
    }
    unreadable.add(document)
    yield { problem: problemOf(indexed.file.name, `document ${place.number}`, parsed.problem) }
  }
}

function* itemOf({ row, namespace, first, ignored, indexed, unreadable }: Pass, kind: string, fields: Fields, place: DocumentPlace): Generator<FeedItem> {
  const known = kindNamed(kind)
  if (known === undefined) {
    if (!first) return
    ignored.set(kind, (ignored.get(kind) ?? 0) + 1)
    if (UNREAD_KINDS.has(kind)) yield { problem: unreadKind(kind, fields) }
    return
  }
  if (known !== row) return
  const object = toKubernetesObject(row, fields)
  if (object === undefined) {
    const document = `${indexed.file.name}#${place.number}`
    if (!unreadable.has(document)) yield { problem: problemOf(indexed.file.name, `document ${place.number}`, `The ${kind} has no metadata.name`) }
    return
  }
  const home = row.kind === 'Namespace' ? object.ref.name : object.ref.namespace
  if (namespace === undefined || home === namespace) yield { object }
}

function unreadKind(kind: string, fields: Fields): ProblemLine {
  const row: KindRow = { collection: `${kind.toLowerCase()}s`, kind, group: '', namespaced: true, role: 'data', unlocks: '' }
  const ref = toKubernetesObject(row, fields)?.ref
  return {
    type: 'problem',
    collection: row.collection,
    namespace: ref?.namespace ?? '',
    object: ref?.name ?? optionalText(fields['kind']) ?? kind,
    field: 'spec',
    problem: `A bare ${kind} is not read: the role of the scanner grants the kinds that own Pods only; scan the Deployment, StatefulSet, DaemonSet, CronJob or Job instead`,
  }
}

function problemOf(file: string, field: string, problem: string): ProblemLine {
  return {
    type: 'problem',
    collection: 'manifests',
    namespace: '',
    object: boundText(file, LIMITS.nameCharsMax),
    field,
    problem: boundText(problem, LIMITS.sentenceCharsMax),
  }
}

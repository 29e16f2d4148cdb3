import { fieldsOf, isFields, optionalText } from './fields.ts'
import type { Fields } from './fields.ts'
import { ownershipPath } from './path.ts'
import type { FieldPath } from './path.ts'
import { toInstant } from './object.ts'
import type { KubernetesObject } from './object.ts'

/** The value was here at this time: a lower bound of its age. */
export interface ExistsSince {
  readonly at: string
  readonly evidence: string
}

/** Fewer steps than this say nothing about one value: `f:metadata` alone is owned by everyone. */
const STEPS_MIN = 2

/**
 * Since when a value stands in an object at least, as far as the cluster can tell.
 *
 * A manager loses a field as soon as somebody else changes its value, and its time moves with every change of its own.
 * So a field that a manager owns has had its present value since that manager's time; of several owners the earliest counts.
 * Templates of Jobs cannot be changed, and a Helm revision keeps the values it was deployed with: there the creation of the object counts.
 */
export function existsSince(object: KubernetesObject, path: FieldPath): ExistsSince | undefined {
  const owned = earliestOwner(object, ownershipPath(path))
  const fixed = creationBound(object, path)
  if (owned === undefined || fixed === undefined) return owned ?? fixed
  return fixed.at < owned.at ? fixed : owned
}

function earliestOwner(object: KubernetesObject, keys: readonly string[]): ExistsSince | undefined {
  let earliest: ExistsSince | undefined
  for (const entry of object.managedFields()) {
    if (!isFields(entry)) continue
    const at = toInstant(entry['time'])
    if (at === undefined || (earliest !== undefined && earliest.at <= at) || !owns(fieldsOf(entry['fieldsV1']), keys)) continue
    const manager = optionalText(entry['manager'])?.slice(0, 128) ?? 'unknown'
    earliest = { at, evidence: `metadata.managedFields: ${manager} set the field at ${at}, and nobody has changed its value since` }
  }
  return earliest
}

function owns(root: Fields, keys: readonly string[]): boolean {
  let current = root
  for (const [depth, key] of keys.entries()) {
    const next = current[key]
    if (!isFields(next)) return false
    // An empty set below a field means that the whole of it is owned.
    if (depth + 1 >= STEPS_MIN && Object.keys(next).length === 0) return true
    current = next
  }
  return keys.length >= STEPS_MIN
}

function creationBound(object: KubernetesObject, path: FieldPath): ExistsSince | undefined {
  if (object.createdAt === undefined) return undefined
  if (object.row.kind === 'Job' && path[0] === 'spec') {
    return { at: object.createdAt, evidence: 'The Job was created then, and the template of a Job cannot be changed' }
  }
  if (isHelmRelease(object) && (path[0] === 'data' || path[0] === 'binaryData')) {
    return { at: object.createdAt, evidence: `Helm stored revision ${optionalText(object.labels['version']) ?? ''} of the release then` }
  }
  return undefined
}

/** Helm keeps its releases in Secrets, or in ConfigMaps when told so; both carry `owner: helm`. */
export function isHelmRelease(object: KubernetesObject): boolean {
  return object.fields['type'] === 'helm.sh/release.v1' || (object.labels['owner'] === 'helm' && object.ref.name.startsWith('sh.helm.release.'))
}

/** Why a Helm release object is history, or `undefined` for the live revision and for other objects. */
export function historicRelease(object: KubernetesObject): string | undefined {
  if (!isHelmRelease(object)) return undefined
  const status = optionalText(object.labels['status'])
  if (status === undefined || status === 'deployed') return undefined
  return `Revision ${optionalText(object.labels['version']) ?? ''} of Helm release ${optionalText(object.labels['name']) ?? ''} is ${status}, not deployed`.slice(
    0,
    512,
  )
}

import type { ObjectRef } from '@mintmark/contract/scan'
import { LIMITS } from '@mintmark/contract/scan/plain'
import type { KindRow } from '../permissions.ts'
import { boundText, fieldsOf, isFields, listOf, optionalText, textOf } from './fields.ts'
import type { Fields } from './fields.ts'

/** An object of one of the ten kinds, as long as it is looked at. Nothing of it may be kept (law 1). */
export interface KubernetesObject {
  readonly row: KindRow
  readonly fields: Fields
  readonly ref: ObjectRef
  readonly uid: string | undefined
  readonly createdAt: string | undefined
  readonly labels: Fields
  readonly annotations: Fields
  /** Parsed only when a finding wants to know since when its value is there. */
  readonly managedFields: () => readonly unknown[]
}

/** The owner that controls an object, such as the CronJob of a Job. */
export interface ControllerRef {
  readonly kind: string
  readonly name: string
}

const noManagedFields = (): readonly unknown[] => []

/** Wraps parsed JSON; `undefined` when it has no usable name. */
export function toKubernetesObject(row: KindRow, value: unknown, managedFields?: () => readonly unknown[]): KubernetesObject | undefined {
  if (!isFields(value)) return undefined
  const metadata = fieldsOf(value['metadata'])
  const name = optionalText(metadata['name']) ?? generatedName(metadata)
  if (name === undefined) return undefined
  const namespace = row.namespaced ? (optionalText(metadata['namespace']) ?? 'default') : ''
  const kept = listOf(metadata['managedFields'])
  return {
    row,
    fields: value,
    ref: { kind: row.kind, namespace: boundText(namespace, LIMITS.nameCharsMax), name: boundText(name, LIMITS.nameCharsMax) },
    uid: optionalText(metadata['uid'])?.slice(0, 64),
    createdAt: toInstant(metadata['creationTimestamp']),
    labels: fieldsOf(metadata['labels']),
    annotations: fieldsOf(metadata['annotations']),
    managedFields: managedFields ?? (kept.length === 0 ? noManagedFields : () => kept),
  }
}

/** A manifest may leave its name to the server: `generateName: migrate-`. */
function generatedName(metadata: Fields): string | undefined {
  return optionalText(metadata['generateName'])
}

/** The owner marked as controller, or the only one. */
export function controllerOf(object: KubernetesObject): ControllerRef | undefined {
  const owners = listOf(fieldsOf(object.fields['metadata'])['ownerReferences']).filter(isFields)
  const owner = owners.find((reference) => reference['controller'] === true) ?? (owners.length === 1 ? owners[0] : undefined)
  if (owner === undefined) return undefined
  return { kind: textOf(owner['kind']), name: textOf(owner['name']) }
}

const SERVER_INSTANT = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/

/** A time in the one notation that scan documents use (UTC, `Z`), or `undefined` when the text is none. */
export function toInstant(value: unknown): string | undefined {
  // API servers write whole seconds in UTC; that needs no calendar, but for the ends of months.
  if (typeof value === 'string' && SERVER_INSTANT.test(value) && value.slice(8, 10) <= '28') return value
  // YAML turns an unquoted time into a Date.
  const date = value instanceof Date ? value : typeof value === 'string' && INSTANT.test(value) ? new Date(value) : undefined
  if (date === undefined || Number.isNaN(date.getTime())) return undefined
  return `${date.toISOString().slice(0, 19)}Z`
}

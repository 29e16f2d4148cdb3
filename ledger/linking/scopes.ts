import type { OccurrenceObservation } from '@mintmark/contract/scan'
import { variableOf, type Taker } from './consumers.ts'
import type { Scope } from './relations.ts'

/** A part of a credential seen inside one room, under the name that it has there. */
export interface Member {
  readonly occurrence: OccurrenceObservation
  readonly name: string
}

/** One map, object, container, deployment or application with the parts that stand in it. */
export interface Room {
  /** Where it is, in words that end a sentence about a part. */
  readonly place: string
  readonly members: readonly Member[]
}

/** An occurrence that can be a part of a credential, with those who see it. */
export interface Part {
  readonly occurrence: OccurrenceObservation
  readonly effective: readonly Taker[]
}

/** Containers of one part that are looked at; a value that more take tells nobody apart (law 7). */
const TAKERS_MAX = 512

/** Groups parts into the rooms of one scope in which they stand together. */
export function furnishRooms(scope: Scope, parts: readonly Part[]): readonly Room[] {
  const rooms = new Map<string, { readonly place: string; readonly members: Member[]; last: Member | undefined }>()
  const enter = (key: string, place: () => string, member: Member): void => {
    const known = rooms.get(key)
    if (known === undefined) {
      rooms.set(key, { place: place(), members: [member], last: member })
    } else if (known.last?.occurrence !== member.occurrence || known.last.name !== member.name) {
      known.members.push(member)
      known.last = member
    }
  }
  for (const part of parts) {
    if (scope === 'map' || scope === 'object') enterPlace(scope, part.occurrence, enter)
    else enterTakers(scope, part, enter)
  }
  return [...rooms.values()]
}

type Enter = (key: string, place: () => string, member: Member) => void

function enterPlace(scope: 'map' | 'object', occurrence: OccurrenceObservation, enter: Enter): void {
  const { object, container, field, path, entry, exposure, historic } = occurrence
  const key = `${object.kind}/${object.name}`
  const place = `${object.kind} ${object.namespace}/${object.name}`
  const member = { occurrence, name: nameOf(occurrence) }
  if (scope === 'object') {
    enter(`${key}#${container ?? ''}`, () => (container === undefined ? place : `container ${container} of ${place}`), member)
  } else if (field !== undefined) {
    const parent = parentOf(field)
    enter(`${key}#${path}#${parent}`, () => `the same section${parent === '' ? '' : ` "${parent}"`} of ${entry || path} in ${place}`, member)
  } else if (container !== undefined) {
    enter(`${key}#container ${container}`, () => `the specification of container ${container} of ${place}`, member)
  } else {
    enter(`${key}#${exposure} ${historic ?? ''}`, () => `the entries of ${place}`, member)
  }
}

function enterTakers(scope: 'container' | 'deployment' | 'application', { occurrence, effective }: Part, enter: Enter): void {
  if (occurrence.historic !== undefined) return
  for (const taker of effective.slice(0, TAKERS_MAX)) {
    const { deployment, container, application } = taker
    // A key inside a file keeps its name; a whole entry is called what the container calls it.
    const name = occurrence.field === undefined ? (variableOf(taker, occurrence.entry) ?? nameOf(occurrence)) : nameOf(occurrence)
    const member = { occurrence, name }
    if (scope === 'application') enter(application, () => `the application ${application} in namespace ${occurrence.object.namespace}`, member)
    else if (scope === 'deployment') enter(deployment, () => `the deployment ${workloadOf(deployment)}`, member)
    else if (container !== '')
      enter(`${deployment}#${container}`, () => `the resolved environment and files of container ${container} of ${workloadOf(deployment)}`, member)
  }
}

/** The end of a deployment's key that a person knows: `<namespace>/<Kind>/<name>`. */
function workloadOf(deployment: string): string {
  return deployment.split('/').slice(-3).join('/')
}

/** The name under which a value stands at its place: the key path of a file, the key of a map; an argument has none. */
function nameOf(occurrence: OccurrenceObservation): string {
  return occurrence.field?.replace(LIST_ITEM_VALUE, '') ?? occurrence.entry
}

/** The end of a key path into a list of names and values, as in `extraEnv[3].value`: the list is the map, the index says nothing. */
const LIST_ITEM_VALUE = /\[\d{1,6}\]\.value$/

function parentOf(field: string): string {
  const list = field.replace(LIST_ITEM_VALUE, '')
  if (list !== field) return list
  const end = Math.max(field.lastIndexOf('.'), field.lastIndexOf('['))
  return end < 0 ? '' : field.slice(0, end)
}

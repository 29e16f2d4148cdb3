import type { Consumer, OccurrenceObservation } from '@mintmark/contract/scan'
import { isEffective } from './consumers.ts'
import { pushTo } from './order.ts'
import { SCOPES, type Scope } from './relations.ts'

/** A part of a credential seen inside one scope, under the name that it has there. */
export interface Member {
  readonly occurrence: OccurrenceObservation
  readonly name: string
}

/** One map, object, container, deployment or application with the parts that stand in it. */
export interface ScopeRoom {
  /** Where it is, in words that end a sentence about a part. */
  readonly place: string
  readonly members: readonly Member[]
}

/** All rooms of a namespace, by scope. */
export type Rooms = Readonly<Record<Scope, readonly ScopeRoom[]>>

/** An occurrence that can be a part of a credential, with those who take it. */
export interface Part {
  readonly occurrence: OccurrenceObservation
  readonly consumers: readonly Consumer[]
}

/** Rooms that one part stands in, over all scopes; further ones are left out, since a value that everybody takes tells nobody apart (law 7). */
const ROOMS_OF_PART_MAX = 512

/** Groups the parts of a namespace into the rooms in which they stand together. */
export function furnishRooms(parts: readonly Part[]): Rooms {
  const rooms = Object.fromEntries(SCOPES.map((scope) => [scope, new Map<string, { place: string; members: Member[] }>()]))
  const enter = (scope: Scope, key: string, place: string, member: Member): void => {
    const known = rooms[scope]?.get(key)
    if (known === undefined) rooms[scope]?.set(key, { place, members: [member] })
    else known.members.push(member)
  }
  for (const part of parts) {
    enterPlace(part.occurrence, enter)
    enterConsumers(part, enter)
  }
  const listOf = (scope: Scope): ScopeRoom[] => [...(rooms[scope]?.values() ?? [])]
  return { map: listOf('map'), object: listOf('object'), container: listOf('container'), deployment: listOf('deployment'), application: listOf('application') }
}

type Enter = (scope: Scope, key: string, place: string, member: Member) => void

function enterPlace(occurrence: OccurrenceObservation, enter: Enter): void {
  const { object, container } = occurrence
  const key = `${object.kind}/${object.name}`
  const place = `${object.kind} ${object.namespace}/${object.name}`
  const member = { occurrence, name: nameOf(occurrence) }
  if (occurrence.field !== undefined) {
    const parent = parentOf(occurrence.field)
    enter(
      'map',
      `${key}#${occurrence.path}#${parent}`,
      `the same section${parent === '' ? '' : ` "${parent}"`} of ${occurrence.entry || occurrence.path} in ${place}`,
      member,
    )
  } else if (container !== undefined) {
    enter('map', `${key}#container ${container}`, `the specification of container ${container} of ${place}`, member)
  } else {
    enter('map', `${key}#${occurrence.exposure} ${occurrence.historic ?? ''}`, `the entries of ${place}`, member)
  }
  enter('object', container === undefined ? key : `${key}#${container}`, container === undefined ? place : `container ${container} of ${place}`, member)
}

function enterConsumers({ occurrence, consumers }: Part, enter: Enter): void {
  if (occurrence.historic !== undefined) return
  const names = new Map<string, Consumer[]>()
  for (const consumer of consumers.filter(isEffective).slice(0, ROOMS_OF_PART_MAX)) {
    const name = occurrence.field === undefined ? (consumer.variable ?? nameOf(occurrence)) : nameOf(occurrence)
    pushTo(names, name, consumer)
  }
  for (const [name, takers] of names) {
    const member = { occurrence, name }
    const entered = new Set<string>()
    const enterOnce = (scope: Scope, key: string, place: string): void => {
      if (entered.has(`${scope} ${key}`)) return
      entered.add(`${scope} ${key}`)
      enter(scope, key, place, member)
    }
    for (const { deployment, container, application } of takers) {
      const workload = deployment.split('/').slice(-3).join('/')
      if (container !== '') enterOnce('container', `${deployment}#${container}`, `the resolved environment and files of container ${container} of ${workload}`)
      enterOnce('deployment', deployment, `the deployment ${workload}`)
      enterOnce('application', application, `the application ${application} in namespace ${occurrence.object.namespace}`)
    }
  }
}

/** The name under which a value stands at its place: the key path of a file, the key of a map; an argument has none. */
function nameOf(occurrence: OccurrenceObservation): string {
  return occurrence.field ?? occurrence.entry
}

function parentOf(field: string): string {
  const end = Math.max(field.lastIndexOf('.'), field.lastIndexOf('['))
  return end < 0 ? '' : field.slice(0, end)
}

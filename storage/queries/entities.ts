import type { Application, Deployment, Identity, IdentityObservation } from '@mintmark/contract/scan'
import { InvalidCursorError } from '../errors.ts'
import { readBody } from '../schema/bodies.ts'
import { levelOfRank, publicId } from '../schema/codes.ts'
import type { Page, PageRequest, Stored } from '../store.ts'
import { resolveNumber, visibleAt } from './as-of.ts'
import { pageSize, readCursor, toPage, writeCursor } from './cursor.ts'
import type { Run } from './run.ts'
import { findSubject } from './subjects.ts'

type Entity = 'application' | 'deployment' | 'identity'

interface EntityRow {
  readonly subject_id: number
  readonly public_id: string
  readonly name: string
  readonly body: string
  readonly total: number
  readonly rank: number
}

/** Conditions on one list of entities; `subject` is given when only one of them is wanted. */
export interface EntityFilter {
  readonly name?: string
  readonly application?: string
  readonly namespace?: string
  readonly kind?: string
  readonly subject?: number
}

/** Lists one kind of entity by name, with the number of its secrets and the worst level as of the same scan. `name` finds parts of names, case ignored. */
export async function listEntities<Shape>(
  run: Run,
  entity: Entity,
  page: PageRequest,
  filter: EntityFilter,
  describe: (row: EntityRow) => Stored<Shape>,
): Promise<Page<Stored<Shape>>> {
  const shape = { list: `${entity}s`, parts: ['number', 'string', 'number'] } as const
  const size = pageSize(page)
  const cursor = readCursor(shape, page.cursor)
  const number = await resolveNumber(run, cursor === undefined ? page.asOf : Number(cursor[0]))
  const parameters: unknown[] = [size + 1]
  const bind = (value: unknown): string => `$${parameters.push(value)}`
  const conditions = [visibleAt('e', number)]
  if (filter.name !== undefined) conditions.push(`e.name ilike ${bind(`%${filter.name.replace(/[\\%_]/g, '\\$&')}%`)}`)
  if (filter.namespace !== undefined) conditions.push(`e.namespace = ${bind(filter.namespace)}`)
  if (filter.kind !== undefined) conditions.push(`e.kind = ${bind(filter.kind)}`)
  if (filter.subject !== undefined) conditions.push(`e.subject_id = ${bind(filter.subject)}`)
  if (filter.application !== undefined) {
    const application = await findSubject(run, 'application', filter.application)
    if (application === undefined) return { items: [] }
    conditions.push(`e.application_id = ${bind(application.id)}`)
  }
  // Several namespaces may name one identity; the one with the smallest hash speaks for it, whatever the order in which they were scanned.
  if (entity === 'identity') {
    conditions.push(
      `not exists (select from identity other where other.subject_id = e.subject_id and (other.hash, other.source_id, other.namespace) < (e.hash, e.source_id, e.namespace) and ${visibleAt('other', number)})`,
    )
  }
  if (cursor !== undefined) {
    const [, name, id] = cursor
    if (typeof name !== 'string' || typeof id !== 'number') throw new InvalidCursorError()
    conditions.push(`(e.name, e.subject_id) > (${bind(name)}, ${bind(id)}::int)`)
  }
  const rows = await run<EntityRow>(
    `select p.*, s.public_id, coalesce(t.secrets_total, 0) as total, coalesce(t.level_rank, 0) as rank
     from (select e.subject_id, e.name, e.body from ${entity} e where ${conditions.join(' and ')} order by e.name, e.subject_id limit $1) p
     join subject s on s.id = p.subject_id left join subject_total t on t.subject_id = p.subject_id and ${visibleAt('t', number)}
     order by p.name, p.subject_id`,
    parameters,
  )
  return toPage(rows, size, describe, (last) => writeCursor(shape, [number, last.name, last.subject_id]))
}

/** One entity by id or natural key. */
export async function getEntity<Shape>(
  run: Run,
  entity: Entity,
  id: string,
  asOf: number | undefined,
  describe: (row: EntityRow) => Stored<Shape>,
): Promise<Stored<Shape> | undefined> {
  const subject = await findSubject(run, entity, id)
  if (subject === undefined) return undefined
  const page = await listEntities(run, entity, { size: 1, ...(asOf === undefined ? {} : { asOf }) }, { subject: subject.id }, describe)
  return page.items[0]
}

/** A row as an application. */
export function describeApplication(row: EntityRow): Stored<Application> {
  const body = readBody<Omit<Application, 'secretsTotal' | 'level'>>(row.body)
  return { id: publicId('application', row.public_id), ...body, secretsTotal: row.total, level: levelOfRank(row.rank) }
}

/** A row as a deployment. */
export function describeDeployment(row: EntityRow): Stored<Deployment> {
  const body = readBody<Omit<Deployment, 'secretsTotal' | 'level'>>(row.body)
  return { id: publicId('deployment', row.public_id), ...body, secretsTotal: row.total, level: levelOfRank(row.rank) }
}

/** A row as an identity. */
export function describeIdentity(row: EntityRow): Stored<Identity> {
  const { key, kind, provider, name, attributes } = readBody<IdentityObservation>(row.body)
  return { id: publicId('identity', row.public_id), key, kind, provider, name, attributes, secretsTotal: row.total }
}

import { OPEN_END, STORAGE_LIMITS } from '../limits.ts'
import type { Publication } from './publication.ts'

/** Entities that linking reads; a change of any other touches no namespace. */
export const LINKED_ENTITIES = 'entity not in (1, 6)'

/** What the staged lines changed. */
export interface Applied {
  /** Observations of occurrences that are current in the namespaces that changed: how much is to be linked. */
  readonly touchedOccurrences: number
}

/**
 * Turns staged lines into versions of observations, a handful of statements whatever their number, and fills `touched_namespace`.
 * An observation ends where its content changed, or where a complete scope of this scan does not name it any more (law 2).
 */
export async function applyObservations(publication: Publication): Promise<Applied> {
  const { run, source, isFirst } = publication
  await run(`create temporary table touched_namespace (namespace text collate "C" primary key) on commit drop`)
  const touchedOccurrences = await (isFirst ? beginObservations(publication) : changeObservations(publication))
  await run(`insert into namespace (source_id, name) select ${source.id}, namespace from touched_namespace on conflict do nothing`)
  return { touchedOccurrences }
}

/**
 * Where nothing is current nothing can change or end: the lines are sorted once, straight into versions. Of lines that repeat each other the last counts.
 * Where there are very many, linking reads the lines themselves and the versions are written meanwhile. Answers the number of occurrences.
 */
async function beginObservations(publication: Publication): Promise<number> {
  const { run, scanSeq, source, number, parts } = publication
  const lines = `scan_line where scan_seq = ${scanSeq}`
  await closeUnclosedCollections(publication, `(select * from ${lines})`)
  const [staged] = await run<{ count: number }>(`select count(*)::int as count from ${lines} and entity = 7`)
  const occurrences = staged?.count ?? 0
  const query = `select row_key, fact, fingerprint, ${source.id}, ${number}, entity, collection, namespace, object from (${lastLines(publication)}) l`
  if (occurrences >= STORAGE_LIMITS.partOccurrencesMin && (await parts.open('beside'))) {
    parts.fillObservations(COLUMNS, query)
    await run(`insert into touched_namespace select distinct namespace from ${lines} and ${LINKED_ENTITIES}`)
  } else {
    await run(touch(`insert into observation (${COLUMNS}) ${query} returning namespace, entity`))
  }
  return occurrences
}

const COLUMNS = 'row_key, fact, fingerprint, source_id, valid_from, entity, collection, namespace, object'

/** A query for what the lines of a scan say, in the order in which linking reads. */
export function lastLines({ scanSeq }: Pick<Publication, 'scanSeq'>, which = 'true'): string {
  return `select distinct on (namespace, entity, object, row_key) * from scan_line where scan_seq = ${scanSeq} and ${which}
    order by namespace, entity, object, row_key, ordinal desc`
}

/** Removes the lines, when nobody reads them any more. */
export async function removeLines({ run, scanSeq }: Publication): Promise<void> {
  await run(`delete from scan_line where scan_seq = ${scanSeq}`)
}

/** Compares the lines with what is current. Answers the number of occurrences in the namespaces that changed. */
async function changeObservations(publication: Publication): Promise<number> {
  const { run, scanSeq, number, source, parts } = publication
  await run(`create temporary table staged on commit drop as
    select distinct on (row_key) row_key, fact, fingerprint, entity, collection, namespace, object
    from scan_line where scan_seq = ${scanSeq} order by row_key, ordinal desc`)
  await run(`create unique index on staged (row_key)`)
  await run(`analyze staged`)
  await closeUnclosedCollections(publication, 'staged')
  await run(
    touch(
      `update observation o set valid_to = ${number} from staged s where s.row_key = o.row_key and o.valid_to = ${OPEN_END} and o.fact <> s.fact returning o.namespace, o.entity`,
    ),
  )
  await endMissing(run, scanSeq, number, source.id)
  const isLarge = (await bringsVeryMany(publication)) && (await parts.open('within'))
  const table = parts.nameOf('observation')
  // In the order of their namespaces, in which they are read.
  const insert = `insert into ${table} (${COLUMNS})
     select s.row_key, s.fact, s.fingerprint, ${source.id}, ${number}, s.entity, s.collection, s.namespace, s.object from staged s
     where not exists (select from observation o where o.row_key = s.row_key and o.valid_to = ${OPEN_END}) order by s.namespace, s.entity, s.object`
  if (isLarge) {
    await run(insert)
    await run(`insert into touched_namespace select distinct namespace from ${table} where ${LINKED_ENTITIES} on conflict do nothing`)
    await parts.attach('observation')
    await run(`analyze ${table}`)
  } else {
    await run(touch(`${insert} returning namespace, entity`))
  }
  await run(`drop table staged`)
  const [touched] = await run<{ count: number }>(
    `select count(*)::int as count from touched_namespace t join observation o on o.source_id = ${source.id} and o.namespace = t.namespace and o.entity = 7 and o.valid_to = ${OPEN_END}`,
  )
  return touched?.count ?? 0
}

/** Whether the scan has so many occurrences more than its source had that they are worth a part of their own. */
async function bringsVeryMany({ run, source }: Publication): Promise<boolean> {
  const [staged] = await run<{ count: number }>(`select count(*)::int as count from staged where entity = 7`)
  if ((staged?.count ?? 0) < STORAGE_LIMITS.partOccurrencesMin) return false
  const [current] = await run<{ count: number }>(
    `select count(*)::int as count from observation where source_id = ${source.id} and entity = 7 and valid_to = ${OPEN_END}`,
  )
  return (staged?.count ?? 0) - (current?.count ?? 0) >= STORAGE_LIMITS.partOccurrencesMin
}

function touch(change: string): string {
  return `with changed as (${change}) insert into touched_namespace select distinct namespace from changed where ${LINKED_ENTITIES} on conflict do nothing`
}

/** A collection that sent observations and was never closed counts as failed, so forgetting is safe. */
async function closeUnclosedCollections({ run, scanSeq, source }: Publication, staged: string): Promise<void> {
  await run(`insert into scan_coverage (scan_seq, ordinal, source_id, collection, state, detail, objects)
    select ${scanSeq}, -row_number() over (order by collection), ${source.id}, collection, 'failed', 'the scan ended without saying how much of it was read', count(distinct object)
    from ${staged} s where not exists (select from scan_coverage c where c.scan_seq = ${scanSeq} and c.collection = s.collection) group by collection`)
}

/**
 * Ends what complete scopes do not name any more. The most specific statement about a row decides: of its object, else of its namespace,
 * else of the whole cluster; of two statements about the same scope the worse one.
 */
async function endMissing(run: Publication['run'], scanSeq: number, number: number, sourceId: number): Promise<void> {
  await run(`create temporary table scope on commit drop as
    select collection, namespace, object, bool_and(state = 'complete') as complete from scan_coverage where scan_seq = ${scanSeq} group by collection, namespace, object`)
  await run(`analyze scope`)
  const current = `o.source_id = ${sourceId} and o.valid_to = ${OPEN_END} and not exists (select from staged s where s.row_key = o.row_key)`
  const narrower = `select from scope n where n.collection = o.collection and n.namespace = o.namespace`
  const missing = [
    `select o.row_key from scope c join observation o on o.namespace = c.namespace and o.object = c.object and o.collection = c.collection
      where c.complete and ${current}`,
    `select o.row_key from scope c join observation o on o.namespace = c.namespace and o.collection = c.collection
      where c.complete and c.namespace is not null and c.object is null and ${current} and not exists (${narrower} and n.object = o.object)`,
    `select o.row_key from scope c join observation o on o.collection = c.collection
      where c.complete and c.namespace is null and ${current} and not exists (${narrower} and (n.object is null or n.object = o.object))`,
  ]
  const kinds = ['object is not null', 'namespace is not null and object is null', 'namespace is null']
  for (const [index, select] of missing.entries()) {
    const [any] = await run<{ found: boolean }>(`select exists (select from scope where complete and ${kinds[index]}) as found`)
    if (any?.found !== true) continue
    await run(
      touch(
        `update observation o set valid_to = ${number} from (${select} offset 0) gone where o.row_key = gone.row_key and o.valid_to = ${OPEN_END} returning o.namespace, o.entity`,
      ),
    )
  }
  await run(`drop table scope`)
}

import type { RowFields } from '../bulk/row-fields.ts'
import { OPEN_END } from '../limits.ts'
import type { Run } from '../queries/run.ts'
import { streamPages } from './cursor.ts'
import type { Publication } from './publication.ts'

/** An observation of a touched namespace with its body; a namespace that has none left is one row without. */
export interface FactRow {
  readonly namespace: string
  readonly entity: number | null
  readonly object: string | null
  /** Names of the row, of its body and of the fingerprint, as uuids. */
  readonly row_key: string | null
  readonly fact: string | null
  readonly fingerprint: string | null
  /** Whether the fingerprint lies in other namespaces, too. */
  readonly shared: boolean | null
  readonly body: string | null
}

/** Rows come in the order of the index; sorting or hashing them with their bodies would spill gigabytes, and a look-up by scanning would take for ever. */
const UNWANTED = ['enable_sort', 'enable_hashjoin', 'enable_mergejoin', 'enable_seqscan']
const LINKED_ENTITIES = 'entity <> 1 and o.entity <> 6'

/** Reads every touched namespace on the connection of the publication, which has changed what is current in them. */
export async function* fetchFacts({ run, source }: Publication, knowsShared: boolean): AsyncGenerator<readonly FactRow[]> {
  for (const name of UNWANTED) await run(`set local ${name} = off`)
  const stream = streamPages<FactRow>(
    run,
    'facts',
    `select t.namespace, o.entity, o.object, o.row_key, o.fact, o.fingerprint, o.body, o.shared from touched_namespace t
     left join lateral (
       select o.entity, o.object, o.row_key, o.fact, o.fingerprint, f.body, ${knowsShared ? IS_SHARED : 'true'} as shared
       from observation o join fact f on f.hash = o.fact
       where o.source_id = ${source.id} and o.namespace = t.namespace and o.valid_to = ${OPEN_END} and o.${LINKED_ENTITIES}
       order by o.entity, o.object) o on true`,
  )
  let settled = false
  for await (const page of stream) {
    // The cursor is planned; what is written meanwhile wants the planner's usual choices.
    if (!settled) for (const name of UNWANTED) await run(`set local ${name} = on`)
    settled = true
    yield page
  }
}

/** Reads the observations of a source that had none, from the part that holds them, beside the publication: the server sends while this process links and writes. */
export function unloadFacts({ source, parts }: Publication): AsyncGenerator<readonly FactRow[]> {
  const part = parts.nameOf('observation')
  return parts.readObservations(
    `select o.namespace, o.entity, o.object, o.row_key, o.fact, o.fingerprint, ${IS_SHARED} as shared, f.body from ${part} o join fact f on f.hash = o.fact
     where o.source_id = ${source.id} and o.valid_to = ${OPEN_END} and o.${LINKED_ENTITIES} order by o.namespace, o.entity, o.object`,
    readFactRow,
    async (run) => {
      await findSharedFingerprints(run, part)
      for (const name of UNWANTED) await run(`set local ${name} = off`)
    },
  )
}

function readFactRow(fields: RowFields): FactRow {
  return {
    namespace: fields.text() ?? '',
    entity: fields.int2(),
    object: fields.text(),
    row_key: fields.uuid(),
    fact: fields.uuid(),
    fingerprint: fields.uuid(),
    shared: fields.flag(),
    body: fields.text(),
  }
}

const IS_SHARED = 'exists (select from shared_fingerprint s where s.fingerprint = o.fingerprint)'

/**
 * Fills `shared_fingerprint` with what lies in several namespaces or sources.
 *
 * @param part a part of observations that is not attached yet
 */
export async function findSharedFingerprints(run: Run, part?: string): Promise<void> {
  const known = `select fingerprint, source_id, namespace from observation where valid_to = ${OPEN_END} and fingerprint is not null`
  const all = part === undefined ? known : `${known} union all select fingerprint, source_id, namespace from ${part} where fingerprint is not null`
  await run(`create temporary table shared_fingerprint on commit drop as
    select fingerprint from (${all}) o group by fingerprint having min(source_id) < max(source_id) or min(namespace) < max(namespace)`)
  await run(`create unique index on shared_fingerprint (fingerprint)`)
  await run(`analyze shared_fingerprint`)
}

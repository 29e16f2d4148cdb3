import type { RowFields } from '../bulk/row-fields.ts'
import { LINKED_ENTITIES, lastLines } from './apply.ts'
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
       where o.source_id = ${source.id} and o.namespace = t.namespace and o.valid_to = ${OPEN_END} and ${LINKED_ENTITIES}
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

/** Reads the lines of a scan whose source had nothing, beside the publication: the server sends while this process links and writes. */
export function unloadFacts(publication: Publication): AsyncGenerator<readonly FactRow[]> {
  const { parts, scanSeq, source } = publication
  return parts.read(
    `select o.namespace, o.entity, o.object, o.row_key, o.fact, o.fingerprint, ${IS_SHARED} as shared, f.body
     from (${lastLines(publication, LINKED_ENTITIES)}) o join fact f on f.hash = o.fact order by o.namespace, o.entity, o.object`,
    readFactRow,
    async (run) => {
      await findSharedFingerprints(run, `select fingerprint, ${source.id}, namespace from scan_line where scan_seq = ${scanSeq}`)
      // Lines must be sorted, without their bodies.
      for (const name of UNWANTED) if (name !== 'enable_sort') await run(`set local ${name} = off`)
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
 * @param more a query for fingerprints, sources and namespaces that are not current yet
 */
export async function findSharedFingerprints(run: Run, more?: string): Promise<void> {
  const known = `select fingerprint, source_id, namespace from observation where valid_to = ${OPEN_END}`
  const all = more === undefined ? known : `${known} union all ${more}`
  await run(`create temporary table shared_fingerprint on commit drop as
    select fingerprint from (${all}) o where fingerprint is not null group by fingerprint having min(source_id) < max(source_id) or min(namespace) < max(namespace)`)
  await run(`create unique index on shared_fingerprint (fingerprint)`)
  await run(`analyze shared_fingerprint`)
}

import type { Coverage, CoverageEntry } from '@mintmark/contract/scan'
import { explainMissingConsumers, explainMissingPullSecrets, WORKLOAD_COLLECTIONS } from '@mintmark/ledger/model'
import { readCoverage } from '../ingest/lines.ts'
import { STORAGE_LIMITS } from '../limits.ts'
import { readBody } from '../schema/bodies.ts'
import type { Publication } from './publication.ts'

/** Why consumers of a namespace may be missing, as linking wants to know it. */
export interface Gaps {
  readonly consumersIncomplete?: string
  readonly pullSecretsIncomplete?: string
}

interface CoverageRow {
  readonly collection: string
  readonly namespace: string | null
  readonly number: number
  readonly state: Coverage['state']
  readonly detail: string
  readonly objects: number
}

/**
 * Works out for each namespace which consumers may be missing, from the newest statement about each collection, whichever scan made it.
 * Where the answer changed the namespace is linked again: a workload kind that was denied today makes yesterday's consumers a lower bound.
 */
export async function updateGaps(publication: Publication): Promise<void> {
  const { run, source, scanSeq } = publication
  const collections = [...WORKLOAD_COLLECTIONS, 'serviceaccounts']
  const rows = await run<CoverageRow>(
    `select distinct on (c.collection, c.namespace) c.collection, c.namespace, s.number, c.state, c.detail, c.objects
     from scan_coverage c join scan s on s.seq = c.scan_seq
     where c.source_id = $1 and c.collection = any($2) and c.object is null and s.number is not null
     order by c.collection, c.namespace, s.number desc, (c.state = 'complete'), c.ordinal`,
    [source.id, collections],
  )
  const wide = new Map(rows.filter((row) => row.namespace === null).map((row) => [row.collection, row]))
  // A statement about the whole cluster supersedes older ones about its namespaces.
  const newest = rows.filter((row) => row.namespace === null || row.number >= (wide.get(row.collection)?.number ?? 0))
  const general = newest.filter((row) => row.namespace === null).map(describe)
  const special = Map.groupBy(
    newest.filter((row) => row.namespace !== null),
    (row) => row.namespace ?? '',
  )
  const [scan] = await run<{ wide: boolean }>(
    `select exists (select from scan_coverage where scan_seq = ${scanSeq} and object is null and collection = any($1)) as wide`,
    [collections],
  )
  for await (const page of pagesOf(publication, scan?.wide === true)) {
    const changed = page.flatMap(({ name, gaps }) => {
      const now = formatGaps([...general, ...(special.get(name) ?? []).map(describe)], name)
      return now === gaps ? [] : [{ name, gaps: now }]
    })
    if (changed.length === 0) continue
    const names = changed.map(({ name }) => name)
    await run(`update namespace n set gaps = c.gaps from unnest($2::text[], $3::text[]) as c (name, gaps) where n.source_id = $1 and n.name = c.name`, [
      source.id,
      names,
      changed.map(({ gaps }) => gaps),
    ])
    await run(`insert into touched_namespace select * from unnest($1::text[]) on conflict do nothing`, [names])
  }
}

/** All namespaces of the source, or only those that were touched when this scan says nothing of whole namespaces. */
async function* pagesOf({ run, source }: Publication, all: boolean): AsyncGenerator<{ name: string; gaps: string }[]> {
  let after: string | undefined
  for (;;) {
    const page: { name: string; gaps: string }[] = await run(
      `select name, gaps from namespace where source_id = $1 and ($2::text is null or name > $2) ${all ? '' : 'and name in (select namespace from touched_namespace)'} order by name limit $3`,
      [source.id, after ?? null, STORAGE_LIMITS.batchRowsMax],
    )
    if (page.length > 0) yield page
    if (page.length < STORAGE_LIMITS.batchRowsMax) return
    after = page.at(-1)?.name
  }
}

function describe(row: CoverageRow): CoverageEntry {
  return {
    collection: row.collection,
    scope: row.namespace === null ? {} : { namespace: row.namespace },
    coverage: readCoverage(row.state, row.detail),
    objects: row.objects,
  }
}

/** The gaps as they are stored beside the namespace: JSON, never empty, so that a namespace nobody has judged yet differs. */
function formatGaps(coverage: readonly CoverageEntry[], namespace: string): string {
  const consumersIncomplete = explainMissingConsumers(coverage, namespace)
  const pullSecretsIncomplete = explainMissingPullSecrets(coverage, namespace)
  return JSON.stringify({
    ...(consumersIncomplete === undefined ? {} : { consumersIncomplete }),
    ...(pullSecretsIncomplete === undefined ? {} : { pullSecretsIncomplete }),
  } satisfies Gaps)
}

/** Reads what {@link updateGaps} has stored. */
export function readGaps(text: string): Gaps {
  return text === '' ? {} : readBody<Gaps>(text)
}

import type { Application, Deployment, IdentityObservation, OccurrenceObservation } from '@mintmark/contract/scan'
import { placeOccurrence, type OccurrenceContext } from '@mintmark/ledger/model'
import { InvalidCursorError } from '../errors.ts'
import { readBody } from '../schema/bodies.ts'
import { levelOfRank } from '../schema/codes.ts'
import { parseSecretBody, readSecretBody } from '../schema/secret-body.ts'
import type { Page, PageRequest, ScanChange } from '../store.ts'
import { resolveNumber, visibleAt } from './as-of.ts'
import { describeDifference, type Described } from './changes.ts'
import { pageSize, readCursor, writeCursor } from './cursor.ts'
import type { Run } from './run.ts'

const SHAPE = { list: 'changes', parts: ['number', 'number', 'number', 'string'] } as const

interface PairRow {
  readonly key: string
  readonly name: string
  readonly before: string | null
  readonly after: string | null
  readonly rank_before: number
  readonly rank_after: number
  readonly total_before: number
  readonly total_after: number
}

interface EntityDiff {
  readonly entity: ScanChange['entity']
  readonly sql: (from: number, to: number) => string
  readonly describe: (body: string, rank: number, total: number) => Described
}

/** Keys whose versions began or ended after `from` and until `to`. */
function touchedKeys(table: string, key: string, from: number, to: number): string {
  return `select ${key} as key from ${table} where valid_from > ${from} and valid_from <= ${to} union select ${key} from ${table} where valid_to > ${from} and valid_to <= ${to}`
}

/** What an occurrence is made of: the key of its cluster, its observation, and its context. */
const OCCURRENCE_PARTS = `(select json_build_array(s.key, f.body::json, v.body::json)::text from fact f, source s where f.hash = v.fact and s.id = v.source_id)`

/** Both versions of the keys of one page; `pick` chooses one row where several versions are visible at once. */
function pairs(table: string, key: string, touched: string, name: string, totals: boolean) {
  return (from: number, to: number): string => {
    const version = (at: number): string =>
      `lateral (select v.*, ${table === 'occurrence' ? OCCURRENCE_PARTS : 'v.body'} as shown from ${table} v where v.${key} = t.key and ${visibleAt('v', at)} order by v.hash limit 1)`
    const total = (at: number): string =>
      `lateral (select secrets_total, level_rank from subject_total v where v.subject_id::text = t.key::text and ${visibleAt('v', at)})`
    const counts = totals
      ? `coalesce(tb.level_rank, 0) as rank_before, coalesce(ta.level_rank, 0) as rank_after, coalesce(tb.secrets_total, 0) as total_before, coalesce(ta.secrets_total, 0) as total_after`
      : `0 as rank_before, 0 as rank_after, 0 as total_before, 0 as total_after`
    return `with touched as materialized (select key from (${touched}) k where ($1::text is null or key > $1::${key === 'subject_id' ? 'int' : 'uuid'}) order by key limit $2)
      select t.key::text as key, ${name} as name, b.shown as before, a.shown as after, ${counts}
      from touched t left join ${version(from)} b on true left join ${version(to)} a on true
      ${totals ? `left join ${total(from)} tb on true left join ${total(to)} ta on true` : ''} order by t.key`
  }
}

function subjectPairs(entity: 'application' | 'deployment' | 'identity', kind: number): EntityDiff['sql'] {
  return (from, to) => {
    const own = touchedKeys(entity, 'subject_id', from, to)
    const totals = touchedKeys('subject_total', 'subject_id', from, to)
    const touched = `${own} union select c.key from (${totals}) c join subject s on s.id = c.key and s.kind = ${kind}`
    return pairs(entity, 'subject_id', touched, 'coalesce(a.name, b.name)', true)(from, to)
  }
}

const ENTITIES: readonly EntityDiff[] = [
  {
    entity: 'application',
    sql: subjectPairs('application', 1),
    describe: (body, rank, total) => {
      const { key, name, rule, deploymentsTotal } = readBody<Application>(body)
      return { key, name, fields: { name, rule, deployments: String(deploymentsTotal), secrets: String(total), level: levelOfRank(rank) } }
    },
  },
  {
    entity: 'deployment',
    sql: subjectPairs('deployment', 2),
    describe: (body, rank, total) => {
      const { key, name, application, serviceAccount, images, mint, links } = readBody<Deployment>(body)
      const fields = {
        application,
        serviceAccount,
        images: images.join(', '),
        injection: mint.injection,
        links: String(links.length),
        secrets: String(total),
        level: levelOfRank(rank),
      }
      return { key, name, fields }
    },
  },
  {
    entity: 'identity',
    sql: subjectPairs('identity', 3),
    describe: (body, _rank, total) => {
      const { key, name, kind, attributes } = readBody<IdentityObservation>(body)
      return { key, name, fields: { name, kind, attributes: JSON.stringify(attributes), secrets: String(total) } }
    },
  },
  {
    entity: 'secret',
    sql: (from, to) => pairs('secret', 'fingerprint', touchedKeys('secret', 'fingerprint', from, to), `''`, false)(from, to),
    describe: (body) => {
      // Its sentences are not told, so their numbers need not be looked up.
      const { facts, score, occurrencesTotal } = readSecretBody(parseSecretBody(body), () => '')
      const factors = Object.fromEntries(score.factors.map((factor) => [`factor ${factor.name}`, factor.level ?? 'unknown']))
      const name = facts.publicId === undefined ? facts.kind : `${facts.kind} ${facts.publicId}`
      const fields = { level: score.level, ...factors, policy: score.policy, kind: facts.kind, provider: facts.provider, confidence: facts.confidence }
      return {
        key: facts.fingerprint,
        name,
        fields: { ...fields, publicId: facts.publicId ?? 'none', occurrences: String(occurrencesTotal), applications: String(facts.applications.length) },
      }
    },
  },
  {
    entity: 'occurrence',
    sql: (from, to) => pairs('occurrence', 'row_key', touchedKeys('occurrence', 'row_key', from, to), `''`, false)(from, to),
    describe: (body) => {
      const { occurrence, fingerprint, finding } = placeOccurrence(
        ...readBody<[cluster: string, fact: OccurrenceObservation, context: OccurrenceContext]>(body),
      )
      const name = `${occurrence.object.kind} ${occurrence.namespace}/${occurrence.object.name} ${occurrence.path}`
      const fields = {
        secret: fingerprint,
        kind: finding.kind,
        usage: occurrence.usage,
        consumers: String(occurrence.consumersTotal),
        exposure: occurrence.exposure,
      }
      return { key: occurrence.id, name, fields }
    },
  },
]

/**
 * What is different between two published scans, entity by entity. What changed and changed back is no change.
 * A page may hold fewer rows than asked for, even none, and still have a next one.
 */
export async function listChanges(run: Run, from: number, to: number, page: PageRequest): Promise<Page<ScanChange>> {
  const size = pageSize(page)
  const cursor = readCursor(SHAPE, page.cursor)
  const [low, high] = [await resolveNumber(run, from), await resolveNumber(run, to)]
  if (cursor !== undefined && (cursor[0] !== low || cursor[1] !== high)) throw new InvalidCursorError()
  let index = Number(cursor?.[2] ?? 0)
  let after = cursor === undefined || cursor[3] === '' ? null : String(cursor[3])
  if (index < 0 || index >= ENTITIES.length) throw new InvalidCursorError()
  const items: ScanChange[] = []
  for (; index < ENTITIES.length; index += 1, after = null) {
    const kind = ENTITIES[index]
    if (kind === undefined) break
    if (after !== null && !(index < 3 ? /^\d{1,10}$/ : /^[0-9a-f-]{36}$/).test(after)) throw new InvalidCursorError()
    const wanted = size - items.length
    if (wanted === 0) return { items, next: writeCursor(SHAPE, [low, high, index, after ?? '']) }
    const rows = await run<PairRow>(kind.sql(Math.min(low, high), Math.max(low, high)), [after, wanted + 1])
    const forward = low <= high
    for (const row of rows.slice(0, wanted)) items.push(...describeRow(kind, row, forward))
    const last = rows[wanted - 1]
    if (rows.length > wanted && last !== undefined) return { items, next: writeCursor(SHAPE, [low, high, index, last.key]) }
  }
  return { items }
}

function describeRow(kind: EntityDiff, row: PairRow, forward: boolean): ScanChange[] {
  const older = row.before === null ? undefined : kind.describe(row.before, row.rank_before, row.total_before)
  const newer = row.after === null ? undefined : kind.describe(row.after, row.rank_after, row.total_after)
  return describeDifference(kind.entity, forward ? older : newer, forward ? newer : older)
}

import { LIMITS, type Occurrence, type OccurrenceObservation } from '@mintmark/contract/scan'
import { placeOccurrence, type OccurrenceContext } from '@mintmark/ledger/model'
import { InvalidCursorError } from '../errors.ts'
import { readBody } from '../schema/bodies.ts'
import { publicId, uuidOf, type SubjectKind } from '../schema/codes.ts'
import { fingerprintUuid } from '../schema/hash.ts'
import { riskOrderBound } from '../schema/risk-order.ts'
import type { SecretBody } from '../schema/secret-body.ts'
import type { Page, PageRequest, SecretFilter, SecretSummary, Stored } from '../store.ts'
import { resolveNumber, visibleAt } from './as-of.ts'
import { pageSize, readCursor, toPage, writeCursor } from './cursor.ts'
import type { Run } from './run.ts'
import { readSecrets } from './sentences.ts'
import { findSubject } from './subjects.ts'

const SHAPE = { list: 'secrets', parts: ['number', 'string', 'string'] } as const
const OCCURRENCES = { list: 'occurrences', parts: ['number', 'string', 'string'] } as const
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const ORDER = /^\d{1,19}$/

interface SecretRow {
  readonly fingerprint: string
  readonly risk_order: string
  readonly body: string
}

/** How lists of secrets speak to the database. */
export interface SecretRunners {
  readonly run: Run
  /** Reads rows in the order of an index. Left to itself the planner believes that few secrets follow the last one of a page, and sorts a million of them. */
  readonly runInOrder: Run
}

/** Secrets worst first. The order, the level filter and every other filter have an index; the page is read as of one scan throughout. */
export async function listSecrets(
  { run, runInOrder }: SecretRunners,
  page: PageRequest & SecretFilter,
  subjects: readonly (number | undefined)[] = [],
): Promise<Page<Stored<SecretSummary>>> {
  const size = pageSize(page)
  const cursor = readCursor(SHAPE, page.cursor)
  const number = await resolveNumber(run, cursor === undefined ? page.asOf : Number(cursor[0]))
  const ids = [...subjects, ...(await findFilters(run, page))]
  // A subject that nobody has heard of has no secrets.
  if (ids.includes(undefined)) return { items: [] }
  const parameters: unknown[] = [size + 1]
  const conditions = [visibleAt('s', number)]
  const bind = (value: unknown): string => `$${parameters.push(value)}`
  const isNarrow = subjects.length > 0 || page.application !== undefined || page.namespace !== undefined
  const asked = ids.length > 0 ? `subjects @> ${bind(ids)}::int[]` : undefined
  if (asked !== undefined && !isNarrow) conditions.push(`s.${asked}`)
  if (page.publicId !== undefined) conditions.push(`s.public_id = ${bind(page.publicId)}`)
  if (page.levelAtLeast !== undefined) conditions.push(`s.risk_order < ${bind(riskOrderBound(page.levelAtLeast).toString())}::bigint`)
  if (cursor !== undefined) {
    const [, order, fingerprint] = cursor
    if (!ORDER.test(String(order)) || !UUID.test(String(fingerprint))) throw new InvalidCursorError()
    conditions.push(`(s.risk_order, s.fingerprint) > (${bind(order)}::bigint, ${bind(fingerprint)}::uuid)`)
  }
  // A namespace or an application holds few of a million secrets: they are looked up and sorted. A kind holds many: they are met soon on the way from the worst.
  const found = isNarrow ? `(select * from secret where ${asked} offset 0)` : 'secret'
  const rows = await (isNarrow ? run : runInOrder)<SecretRow>(
    `select s.fingerprint, s.risk_order::text as risk_order, s.body from ${found} s where ${conditions.join(' and ')} order by s.risk_order, s.fingerprint limit $1`,
    parameters,
  )
  const shown = toPage(
    rows,
    size,
    (row) => row,
    (last) => writeCursor(SHAPE, [number, last.risk_order, last.fingerprint]),
  )
  return { ...shown, items: await describeSecrets(run, shown.items) }
}

async function describeSecrets(run: Run, rows: readonly SecretRow[]): Promise<Stored<SecretSummary>[]> {
  const secrets = await readSecrets(
    run,
    rows.map((row) => row.body),
  )
  return secrets.map((secret, index) => describeSecret(rows[index]?.fingerprint ?? '', secret))
}

async function findFilters(run: Run, filter: SecretFilter): Promise<(number | undefined)[]> {
  const wanted = (['application', 'namespace', 'kind', 'provider'] as const).flatMap((kind): [SubjectKind, string][] => {
    const key = filter[kind]
    return key === undefined ? [] : [[kind, key]]
  })
  return Promise.all(wanted.map(async ([kind, key]) => (await findSubject(run, kind, key))?.id))
}

/** By id or by fingerprint. */
export async function getSecret(run: Run, id: string, asOf: number | undefined): Promise<Stored<SecretSummary> | undefined> {
  const number = await resolveNumber(run, asOf)
  const uuid = uuidOf('secret', id)
  const rows = await run<SecretRow>(
    `select s.fingerprint, s.risk_order::text as risk_order, s.body from secret s where s.fingerprint = $1 and ${visibleAt('s', number)}`,
    [uuid ?? fingerprintUuid(id)],
  )
  const [secret] = await describeSecrets(run, rows)
  return secret === undefined || (uuid === undefined && secret.key !== id) ? undefined : secret
}

/** Places of a secret, by namespace. */
export async function listOccurrences(run: Run, secretId: string, page: PageRequest): Promise<Page<Occurrence>> {
  const size = pageSize(page)
  const cursor = readCursor(OCCURRENCES, page.cursor)
  const number = await resolveNumber(run, cursor === undefined ? page.asOf : Number(cursor[0]))
  const uuid = uuidOf('secret', secretId)
  const [, namespace, key] = cursor ?? []
  if (key !== undefined && !UUID.test(String(key))) throw new InvalidCursorError()
  const rows = await run<{ namespace: string; key: string; cluster: string; fact: string; body: string }>(
    `select o.namespace, o.row_key as key, s.key as cluster, f.body as fact, o.body
     from occurrence o join fact f on f.hash = o.fact join source s on s.id = o.source_id
     where o.fingerprint = $1 and ${visibleAt('o', number)}
     and ($2::text is null or (o.namespace, o.row_key) > ($2, $3::uuid)) order by o.namespace, o.row_key limit $4`,
    [uuid ?? fingerprintUuid(secretId), namespace ?? null, key ?? null, size + 1],
  )
  return toPage(
    rows,
    size,
    (row) => placeOccurrence(row.cluster, readBody<OccurrenceObservation>(row.fact), readBody<OccurrenceContext>(row.body)).occurrence,
    (last) => writeCursor(OCCURRENCES, [number, last.namespace, last.key]),
  )
}

/** The public id of a secret is the uuid that its fingerprint is joined by: the same in every scan, also after a time of absence. */
function describeSecret(uuid: string, { facts, score, occurrencesTotal }: SecretBody): Stored<SecretSummary> {
  const { fingerprint, kind, provider, confidence, publicId: issued, attributes, createdAt, expiresAt, reasons, applications, links } = facts
  return {
    id: publicId('secret', uuid),
    key: fingerprint,
    kind,
    provider,
    confidence,
    ...(issued === undefined ? {} : { publicId: issued }),
    attributes,
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...score,
    reasons: [...reasons],
    occurrencesTotal,
    applications: applications.slice(0, LIMITS.listItemsMax),
    applicationsTotal: applications.length,
    links: links.slice(0, LIMITS.listItemsMax),
  }
}

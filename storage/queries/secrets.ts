import { LIMITS, type Occurrence } from '@mintmark/contract/scan'
import { InvalidCursorError } from '../errors.ts'
import { readBody, type SecretBody } from '../schema/bodies.ts'
import { publicId, uuidOf, type SubjectKind } from '../schema/codes.ts'
import { fingerprintUuid } from '../schema/hash.ts'
import { riskOrderBound } from '../schema/risk-order.ts'
import type { Page, PageRequest, SecretFilter, SecretSummary, Stored } from '../store.ts'
import { resolveNumber, visibleAt } from './as-of.ts'
import { pageSize, readCursor, toPage, writeCursor } from './cursor.ts'
import type { Run } from './run.ts'
import { findSubject } from './subjects.ts'

const SHAPE = { list: 'secrets', parts: ['number', 'string', 'string'] } as const
const OCCURRENCES = { list: 'occurrences', parts: ['number', 'string', 'string'] } as const
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const ORDER = /^\d{1,19}$/

interface SecretRow {
  readonly id: string
  readonly fingerprint: string
  readonly risk_order: string
  readonly body: string
}

/** Secrets worst first. The order, the level filter and every other filter have an index; the page is read as of one scan throughout. */
export async function listSecrets(
  run: Run,
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
  const found = isNarrow ? `(select ctid, * from secret where ${asked} offset 0)` : 'secret'
  const rows = await run<SecretRow>(
    `select s.id, s.fingerprint, s.risk_order::text as risk_order, s.body from secret s where s.ctid = any(array(
       select s.ctid from ${found} s where ${conditions.join(' and ')} order by s.risk_order, s.fingerprint limit $1
     )) order by s.risk_order, s.fingerprint`,
    parameters,
  )
  return toPage(rows, size, describeSecret, (last) => writeCursor(SHAPE, [number, last.risk_order, last.fingerprint]))
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
  const [row] = await run<SecretRow>(
    `select s.id, s.fingerprint, s.risk_order::text as risk_order, s.body from secret s where ${uuid === undefined ? 's.fingerprint' : 's.id'} = $1 and ${visibleAt('s', number)}`,
    [uuid ?? fingerprintUuid(id)],
  )
  if (row === undefined) return undefined
  const secret = describeSecret(row)
  return uuid === undefined && secret.key !== id ? undefined : secret
}

/** Places of a secret, by namespace. */
export async function listOccurrences(run: Run, secretId: string, page: PageRequest): Promise<Page<Occurrence>> {
  const size = pageSize(page)
  const cursor = readCursor(OCCURRENCES, page.cursor)
  const number = await resolveNumber(run, cursor === undefined ? page.asOf : Number(cursor[0]))
  const uuid = uuidOf('secret', secretId)
  const [, namespace, key] = cursor ?? []
  if (key !== undefined && !UUID.test(String(key))) throw new InvalidCursorError()
  const rows = await run<{ namespace: string; key: string; body: string }>(
    `select o.namespace, o.row_key as key, o.body from occurrence o
     where o.fingerprint = ${uuid === undefined ? '$1' : '(select fingerprint from secret where id = $1 limit 1)'} and ${visibleAt('o', number)}
     and ($2::text is null or (o.namespace, o.row_key) > ($2, $3::uuid)) order by o.namespace, o.row_key limit $4`,
    [uuid ?? fingerprintUuid(secretId), namespace ?? null, key ?? null, size + 1],
  )
  return toPage(
    rows,
    size,
    (row) => readBody<{ occurrence: Occurrence }>(row.body).occurrence,
    (last) => writeCursor(OCCURRENCES, [number, last.namespace, last.key]),
  )
}

function describeSecret(row: SecretRow): Stored<SecretSummary> {
  const { facts, score, occurrencesTotal } = readBody<SecretBody>(row.body)
  const { fingerprint, kind, provider, confidence, publicId: issued, attributes, createdAt, expiresAt, reasons, applications, links } = facts
  return {
    id: publicId('secret', row.id),
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

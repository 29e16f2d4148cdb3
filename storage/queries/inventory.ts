import type { Reference, ReferenceObservation } from '@mintmark/contract/scan'
import type { Kysely } from 'kysely'
import { InvalidCursorError } from '../errors.ts'
import { readBody } from '../schema/bodies.ts'
import type { Tables } from '../schema/tables.ts'
import type { InventoryStore, Page, PageRequest } from '../store.ts'
import { resolveNumber, visibleAt } from './as-of.ts'
import { pageSize, readCursor, toPage, writeCursor } from './cursor.ts'
import { describeApplication, describeDeployment, describeIdentity, getEntity, listEntities } from './entities.ts'
import { runnerOf, type Run } from './run.ts'
import { getSecret, listOccurrences, listSecrets } from './secrets.ts'
import { findSubject } from './subjects.ts'

const REFERENCES = { list: 'references', parts: ['number', 'string', 'string'] } as const

/** The read side, over a connection pool. */
export function openInventoryStore(database: Kysely<Tables>): InventoryStore {
  const run = runnerOf(database)
  const runInOrder: Run = (text, parameters) =>
    database.transaction().execute(async (trx) => {
      const inside = runnerOf(trx)
      await inside(`set local enable_sort = off`)
      return inside(text, parameters)
    })
  const runners = { run, runInOrder }
  return {
    async isEmpty() {
      const [row] = await run<{ found: boolean }>(`select exists (select from scan where number is not null) as found`)
      return row?.found !== true
    },
    listApplications: (page) => listEntities(run, 'application', page, page.name === undefined ? {} : { name: page.name }, describeApplication),
    getApplication: (id, asOf) => getEntity(run, 'application', id, asOf, describeApplication),
    listDeployments: ({ application, namespace, name, ...page }) =>
      listEntities(
        run,
        'deployment',
        page,
        { ...(application === undefined ? {} : { application }), ...(namespace === undefined ? {} : { namespace }), ...(name === undefined ? {} : { name }) },
        describeDeployment,
      ),
    getDeployment: (id, asOf) => getEntity(run, 'deployment', id, asOf, describeDeployment),
    listIdentities: ({ kind, name, ...page }) =>
      listEntities(run, 'identity', page, { ...(kind === undefined ? {} : { kind }), ...(name === undefined ? {} : { name }) }, describeIdentity),
    getIdentity: (id, asOf) => getEntity(run, 'identity', id, asOf, describeIdentity),
    listSecrets: (page) => listSecrets(runners, page),
    getSecret: (id, asOf) => getSecret(run, id, asOf),
    listOccurrences: (secretId, page) => listOccurrences(run, secretId, page),
    async listSecretsOf(subject, page) {
      const found = await findSubject(run, subject.entity, subject.id)
      return listSecrets(runners, page, [found?.id])
    },
    listReferences: (page) => listReferences(run, page),
  }
}

/** Values that name a secret kept elsewhere, by namespace: they are stored as they were observed. */
async function listReferences(run: Run, page: PageRequest & { readonly namespace?: string }): Promise<Page<Reference>> {
  const size = pageSize(page)
  const cursor = readCursor(REFERENCES, page.cursor)
  const number = await resolveNumber(run, cursor === undefined ? page.asOf : Number(cursor[0]))
  const [, namespace, key] = cursor ?? []
  if (key !== undefined && !/^[0-9a-f-]{36}$/.test(String(key))) throw new InvalidCursorError()
  const rows = await run<{ namespace: string; key: string; cluster: string; body: string }>(
    `select o.namespace, o.row_key as key, s.key as cluster, f.body from observation o join fact f on f.hash = o.fact join source s on s.id = o.source_id
     where o.entity = 6 and ${visibleAt('o', number)} and ($1::text is null or o.namespace = $1)
     and ($2::text is null or (o.namespace, o.row_key) > ($2, $3::uuid)) order by o.namespace, o.row_key limit $4`,
    [page.namespace ?? null, namespace ?? null, key ?? null, size + 1],
  )
  return toPage(
    rows,
    size,
    (row) => describeReference(row.cluster, row.body),
    (last) => writeCursor(REFERENCES, [number, last.namespace, last.key]),
  )
}

function describeReference(cluster: string, body: string): Reference {
  const { key, object, path, entry, field, kind, target } = readBody<ReferenceObservation>(body)
  return {
    id: key,
    cluster,
    namespace: object.namespace,
    object: { kind: object.kind, name: object.name },
    path,
    key: entry,
    ...(field === undefined ? {} : { field }),
    kind,
    ...(target === undefined ? {} : { target }),
  }
}

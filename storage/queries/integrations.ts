import type { Kysely } from 'kysely'
import { ConflictError, InvalidCursorError } from '../errors.ts'
import { publicId, uuidOf } from '../schema/codes.ts'
import type { Tables } from '../schema/tables.ts'
import type { Integration, IntegrationStore } from '../store.ts'
import { pageSize, readCursor, toPage, writeCursor } from './cursor.ts'
import { runnerOf } from './run.ts'

const SHAPE = { list: 'integrations', parts: ['string'] } as const

interface IntegrationRow {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly created_at: Date
  readonly last_seen_at: Date | null
  readonly last_scan: string | null
}

const SELECT = `select i.id, i.kind, i.name, i.created_at, i.last_seen_at,
  (select s.id from scan s where s.integration_id = i.id and s.state = 'visible' order by s.seq desc limit 1) as last_scan
  from integration i where i.deleted_at is null`

/** Integrations, over a connection pool. */
export function openIntegrationStore(database: Kysely<Tables>): IntegrationStore {
  const run = runnerOf(database)
  return {
    async create({ kind, name, publicKeyPem, now }) {
      const [row] = await run<{ id: string }>(
        `insert into integration (kind, name, public_key_pem, created_at) values ($1, $2, $3, $4) on conflict (name) where deleted_at is null do nothing returning id`,
        [kind, name, publicKeyPem, now],
      )
      if (row === undefined) throw new ConflictError('integration-name', 'An integration with this name exists already')
      return { id: publicId('integration', row.id), kind, name, createdAt: now.toISOString() }
    },
    async list(page) {
      const size = pageSize(page)
      const cursor = readCursor(SHAPE, page.cursor)
      const after = cursor === undefined ? null : uuidOf('integration', `int-${cursor[0]}`)
      if (after === undefined) throw new InvalidCursorError()
      const rows = await run<IntegrationRow>(`${SELECT} and ($1::uuid is null or i.id < $1) order by i.id desc limit $2`, [after, size + 1])
      return toPage(rows, size, describe, (last) => writeCursor(SHAPE, [last.id]))
    },
    async get(idOrName) {
      const [row] = await run<IntegrationRow>(`${SELECT} and (i.id = $1 or ($1 is null and i.name = $2))`, [uuidOf('integration', idOrName) ?? null, idOrName])
      return row === undefined ? undefined : describe(row)
    },
    async publicKey(id) {
      const [row] = await run<{ pem: string }>(`select public_key_pem as pem from integration where id = $1 and deleted_at is null`, [
        uuidOf('integration', id) ?? null,
      ])
      return row?.pem
    },
    async delete(id) {
      return database.transaction().execute(async (trx) => {
        const inside = runnerOf(trx)
        const uuid = uuidOf('integration', id) ?? null
        // What it found stays, with its history; only the key, the tokens and unfinished scans end. What those had staged is swept later.
        const deleted = await inside(`update integration set deleted_at = now(), public_key_pem = '' where id = $1 and deleted_at is null returning id`, [uuid])
        if (deleted.length === 0) return false
        await inside(`delete from access_token where integration_id = $1`, [uuid])
        await inside(`update scan set state = 'abandoned' where integration_id = $1 and state = 'receiving'`, [uuid])
        return true
      })
    },
  }
}

function describe(row: IntegrationRow): Integration {
  return {
    id: publicId('integration', row.id),
    kind: 'kubernetes',
    name: row.name,
    createdAt: row.created_at.toISOString(),
    ...(row.last_seen_at === null ? {} : { lastSeenAt: row.last_seen_at.toISOString() }),
    ...(row.last_scan === null ? {} : { lastScan: row.last_scan }),
  }
}

import type { Kysely } from 'kysely'
import { ConflictError } from '../errors.ts'
import { publicId, uuidOf } from '../schema/codes.ts'
import { hashOf } from '../schema/hash.ts'
import type { Tables } from '../schema/tables.ts'
import type { AccessStore, TokenRow } from '../store.ts'
import { runnerOf } from './run.ts'

/** Expired rows that one write clears away. */
const SWEPT_ROWS_MAX = 200
const KINDS: readonly TokenRow['kind'][] = ['one-time', 'administrator', 'scanner']

interface StoredToken {
  readonly kind: string
  readonly integration_id: string | null
  readonly expires_at: Date
}

/** Tokens and the replay guard, over a connection pool. */
export function openAccessStore(database: Kysely<Tables>): AccessStore {
  const run = runnerOf(database)
  return {
    async saveToken({ sha256, kind, integrationId, expiresAt }) {
      const integration = integrationId === undefined ? null : uuidOf('integration', integrationId)
      if (integration === undefined) throw new ConflictError('integration-unknown', 'There is no such integration')
      await run(
        `insert into access_token (sha256, kind, integration_id, expires_at)
         select $1, $2, $3, $4 where $3::uuid is null or exists (select from integration where id = $3 and deleted_at is null)
         on conflict (sha256) do update set kind = excluded.kind, integration_id = excluded.integration_id, expires_at = excluded.expires_at`,
        [sha256, kind, integration, expiresAt],
      )
    },
    async takeOneTimeToken(sha256, now) {
      // One statement: of two callers at once PostgreSQL lets one delete the row.
      const taken = await run(`delete from access_token where sha256 = $1 and kind = 'one-time' and expires_at > $2 returning sha256`, [sha256, now])
      return taken.length === 1
    },
    async findToken(sha256, now) {
      const [row] = await run<StoredToken>(`select kind, integration_id, expires_at from access_token where sha256 = $1 and expires_at > $2`, [sha256, now])
      return row === undefined ? undefined : describe(row)
    },
    async deleteToken(sha256) {
      await run(`delete from access_token where sha256 = $1`, [sha256])
    },
    async hasAdministrator(now) {
      const [row] = await run<{ found: boolean }>(`select exists (select from access_token where kind = 'administrator' and expires_at > $1) as found`, [now])
      return row?.found === true
    },
    async rememberAssertion(jti, expiresAt, now) {
      await run(`delete from access_token where sha256 in (select sha256 from access_token where expires_at < $1 limit ${SWEPT_ROWS_MAX})`, [now])
      await run(`delete from assertion where jti_hash in (select jti_hash from assertion where expires_at < $1 limit ${SWEPT_ROWS_MAX})`, [now])
      const stored = await run(`insert into assertion (jti_hash, expires_at) values ($1, $2) on conflict do nothing returning jti_hash`, [
        hashOf(jti),
        expiresAt,
      ])
      return stored.length === 1
    },
  }
}

function describe(row: StoredToken): TokenRow | undefined {
  const kind = KINDS.find((each) => each === row.kind)
  if (kind === undefined) return undefined
  return {
    kind,
    expiresAt: row.expires_at.toISOString(),
    ...(row.integration_id === null ? {} : { integrationId: publicId('integration', row.integration_id) }),
  }
}

import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { clientSettings, type DatabaseAddress } from '../address.ts'
import { STORAGE_LIMITS } from '../limits.ts'
import type { Tables } from '../schema/tables.ts'
import { CopyCursor } from './copy-cursor.ts'

/**
 * Connections beside that of a publication, on which the server works while this process does. They come when a large scan needs them and go afterwards.
 * What is done there lasts as long as a scan is large, so nothing is cut short.
 */
export function openSideConnections(address: DatabaseAddress): Kysely<Tables> {
  const pool = new pg.Pool({ ...clientSettings(address), max: STORAGE_LIMITS.sideConnectionsMax, options: '-c jit=off' })
  // A connection that breaks is replaced at the next use, and whoever was using it hears of it by the failure of his statement.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => void client.on('error', () => undefined))
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool, cursor: CopyCursor }) })
}

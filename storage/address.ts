import type { ClientConfig } from 'pg'
import { ROLE } from './embedded/settings.ts'
import { STORAGE_LIMITS } from './limits.ts'

/** Where a database is: a URL, or the socket folder of the embedded one (`EmbeddedDatabase.socketDirectory`). */
export type DatabaseAddress = { readonly connectionString: string } | { readonly socketDirectory: string; readonly database?: string }

/** How the driver is told. */
export function clientSettings(address: DatabaseAddress): ClientConfig {
  const shared = { connectionTimeoutMillis: STORAGE_LIMITS.connectMsMax, application_name: 'mintmark', keepAlive: true }
  if ('connectionString' in address) return { ...shared, connectionString: address.connectionString }
  return { ...shared, host: address.socketDirectory, port: 5432, user: ROLE, database: address.database ?? ROLE }
}

import type { ConfigurationScope, ConfigurationStore, ConfigurationVersion } from '@mintmark/mint/server'
import type { Kysely } from 'kysely'
import { pageSize, readCursor, toPage, writeCursor } from '../queries/cursor.ts'
import { runnerOf, type Run } from '../queries/run.ts'
import { readBody } from '../schema/bodies.ts'
import type { Tables } from '../schema/tables.ts'
import { canBeStored } from './ids.ts'

const SHAPE = { list: 'configuration', parts: ['number'] } as const

interface Version {
  readonly version: number
  readonly sections: string
  readonly actor: string
  readonly created_at: Date
}

/** Managed configuration with its history, over a connection pool. */
export function openConfigurationStore(database: Kysely<Tables>): ConfigurationStore {
  const run = runnerOf(database)
  return {
    current: (scope) => readOne(run, scope, 'order by version desc limit 1', []),
    version: (scope, version) => readOne(run, scope, 'and version = $3', [version]),
    async history(scope, page) {
      const size = pageSize(page)
      const cursor = readCursor(SHAPE, page.cursor)
      const key = keyOf(scope)
      if (key === undefined) return { items: [] }
      const rows = await run<Version>(
        `select * from configuration_version where scope_kind = $1 and scope_id = $2 and ($3::int is null or version < $3) order by version desc limit $4`,
        [...key, cursor?.[0] ?? null, size + 1],
      )
      return toPage(rows, size, describe, (last) => writeCursor(SHAPE, [last.version]))
    },
    save(scope, expectedVersion, { sections, actor, now }) {
      return database.transaction().execute(async (transaction) => {
        const key = keyOf(scope)
        if (key === undefined) return undefined
        const inside = runnerOf(transaction)
        // Versions have no gaps, so the expected one is the newest exactly when the next does not exist yet: of two who save at once one meets the other's row.
        const [row] = await inside<Version>(
          `insert into configuration_version (scope_kind, scope_id, version, sections, actor, created_at)
           select $1, $2, $3::int + 1, $4, $5, $6
           where $3::int = 0 or exists (select from configuration_version where scope_kind = $1 and scope_id = $2 and version = $3)
           on conflict do nothing returning *`,
          [...key, expectedVersion, JSON.stringify(sections), actor, now],
        )
        if (row === undefined) return undefined
        await inside(`update configuration_revision set revision = revision + 1`)
        return describe(row)
      })
    },
    async revision() {
      const [row] = await run<{ revision: string }>(`select revision from configuration_revision`)
      return BigInt(row?.revision ?? 0)
    },
  }
}

async function readOne(run: Run, scope: ConfigurationScope, condition: string, parameters: readonly unknown[]): Promise<ConfigurationVersion | undefined> {
  const key = keyOf(scope)
  if (key === undefined) return undefined
  const [row] = await run<Version>(`select * from configuration_version where scope_kind = $1 and scope_id = $2 ${condition}`, [...key, ...parameters])
  return row === undefined ? undefined : describe(row)
}

function keyOf(scope: ConfigurationScope): readonly [string, string] | undefined {
  const id = scope.kind === 'org' ? '' : scope.id
  return canBeStored(id) ? [scope.kind, id] : undefined
}

function describe(row: Version): ConfigurationVersion {
  const sections = readBody<ConfigurationVersion['sections']>(row.sections)
  return { version: row.version, sections, actor: row.actor, createdAt: row.created_at.toISOString() }
}

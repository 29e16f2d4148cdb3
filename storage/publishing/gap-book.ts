import { STORAGE_LIMITS } from '../limits.ts'
import type { Run } from '../queries/run.ts'

/** What is stored beside the namespaces of a source, read as they are worked through. */
export interface GapBook {
  /** Undefined for a namespace that is not at hand. */
  of(namespace: string): string | undefined
  /** Reads it, and those that follow it in the order of their names: they are asked for next. */
  find(namespace: string): Promise<string>
}

/** Remembers one page of namespaces. */
export function openGapBook(run: Run, sourceId: number): GapBook {
  let known = new Map<string, string>()
  return {
    of: (namespace) => known.get(namespace),
    async find(namespace) {
      const rows = await run<{ name: string; gaps: string }>(`select name, gaps from namespace where source_id = $1 and name >= $2 order by name limit $3`, [
        sourceId,
        namespace,
        STORAGE_LIMITS.batchRowsMax,
      ])
      known = new Map(rows.map(({ name, gaps }) => [name, gaps]))
      return known.get(namespace) ?? ''
    },
  }
}

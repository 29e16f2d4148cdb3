import { STORAGE_LIMITS } from '../limits.ts'
import type { Run } from '../queries/run.ts'

/** Streams the rows of a query in pages, in bounded memory. The transaction must last as long as the stream; other statements may run in between. */
export async function* streamPages<Row extends object>(run: Run, name: string, query: string): AsyncGenerator<Row[]> {
  await run(`declare ${name} no scroll cursor for ${query}`)
  for (;;) {
    const page = await run<Row>(`fetch ${STORAGE_LIMITS.fetchRowsMax} from ${name}`)
    if (page.length > 0) yield page
    if (page.length < STORAGE_LIMITS.fetchRowsMax) break
  }
  await run(`close ${name}`)
}

import { STORAGE_LIMITS } from '../limits.ts'
import type { Run } from '../queries/run.ts'

/**
 * Streams the rows of a query in pages, in bounded memory. The transaction must last as long as the stream; other statements may run in between.
 * The next page is asked for before one is handed out, so that the server works on it while its predecessor is worked on here.
 */
export async function* streamPages<Row extends object>(run: Run, name: string, query: string): AsyncGenerator<Row[]> {
  await run(`declare ${name} no scroll cursor for ${query}`)
  const fetch = (): Promise<Row[]> => {
    const page = run<Row>(`fetch ${STORAGE_LIMITS.fetchRowsMax} from ${name}`)
    // A failure is met at the next await; until then it must not count as unhandled.
    page.catch(() => undefined)
    return page
  }
  let coming = fetch()
  for (;;) {
    const page = await coming
    const isLast = page.length < STORAGE_LIMITS.fetchRowsMax
    if (!isLast) coming = fetch()
    if (page.length > 0) yield page
    if (isLast) break
  }
  await run(`close ${name}`)
}

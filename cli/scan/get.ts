import type { Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printFacts } from '../program/facts.ts'
import { printJson } from '../program/rows.ts'
import { gapWords, timeWords } from '../report/words.ts'
import { ask, connect } from '../server/connect.ts'
import type { FormatOptions, ServerOptions } from '../server/options.ts'

/** `spirlctl ledger scan get` */
export async function getScan(context: Context, options: FormatOptions & ServerOptions, scanId: string): Promise<number> {
  const { client } = await connect(context, options)
  const scan = await ask(client.getScan({ params: { scanId }, query: {}, signal: context.signal }))
  if (options.o === 'json') {
    await printJson(context, scan)
    return EXIT.done
  }
  const facts = [
    ['Scan', scan.id],
    ['Number', scan.number === undefined ? 'not visible yet' : String(scan.number)],
    ['State', scan.failure === undefined ? scan.state : `${scan.state}: ${scan.failure}`],
    ['Source', scan.source.name],
    ['Mode', scan.mode],
    ['Started', timeWords(scan.startedAt)],
    ['Finished', scan.finishedAt === undefined ? undefined : timeWords(scan.finishedAt)],
    ['Scanner', `${scan.scanner.version}, rules ${scan.scanner.rules}`],
  ] as const
  await printFacts(context, facts, [
    { title: 'Coverage', lines: scan.coverage.map(gapWords) },
    {
      title: 'Fields that could not be read',
      lines: scan.problems.map((row) => `${row.namespace}/${row.collection}/${row.object} ${row.field}: ${row.problem}`),
    },
    { title: 'There is more than an answer carries', lines: scan.truncated ? ['Use -o json with a smaller scope.'] : [] },
  ])
  return EXIT.done
}

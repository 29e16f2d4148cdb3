import { writeText, type Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { VERSION } from '../program/version.ts'

/** `spirlctl version` */
export async function printVersion(context: Context, options: { readonly o: 'table' | 'json' }): Promise<number> {
  const facts = { version: VERSION, node: process.version, platform: `${process.platform}-${process.arch}` }
  await writeText(
    context.stdout,
    options.o === 'json' ? `${JSON.stringify(facts, undefined, 2)}\n` : `spirlctl ${facts.version} (Node ${facts.node}, ${facts.platform})\n`,
  )
  return EXIT.done
}

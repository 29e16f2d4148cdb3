import { Option, type Command } from 'commander'
import type { Context } from './context.ts'

/** A command as its noun declares it. The code behind it is imported only when it runs: that keeps `--help` quick. */
export interface Verb<Options, Arguments extends readonly unknown[] = readonly []> {
  readonly name: string
  readonly summary: string
  readonly description?: string
  /** Command lines that a reader can copy; every verb has one. */
  readonly examples: readonly [string, ...string[]]
  readonly arguments?: readonly { readonly name: string; readonly description: string; readonly choices?: readonly string[] }[]
  readonly options?: readonly Option[]
  /** @returns the exit code */
  readonly run: (context: Context, options: Options, ...values: Arguments) => Promise<number>
}

/** A noun that holds verbs, such as `spirlctl ledger secret`. */
export function addNoun(parent: Command, name: string, summary: string, examples: readonly [string, ...string[]]): Command {
  return parent.command(name).summary(summary).description(sentence(summary)).addHelpText('after', examplesText(examples)).helpCommand(false)
}

/** Adds a verb to its noun. The exit code of what ran is kept by {@link exitCodeOf}. */
export function addVerb<Options, Arguments extends readonly unknown[]>(parent: Command, context: Context, verb: Verb<Options, Arguments>): Command {
  const command = parent
    .command(verb.name)
    .summary(verb.summary)
    .description(verb.description ?? sentence(verb.summary))
  for (const { name, description, choices } of verb.arguments ?? []) {
    const argument = command.createArgument(name, description)
    command.addArgument(choices === undefined ? argument : argument.choices(choices))
  }
  for (const option of verb.options ?? []) command.addOption(option)
  command.addHelpText('after', examplesText(verb.examples))
  return command.action(async (...received: unknown[]) => {
    // Commander hands over the arguments, then the options, then the command; it has checked them against the declarations above.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- commander is the parser here, and its types end at strings
    const values = received.slice(0, -2) as unknown as Arguments
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same for options
    rootOf(command).setOptionValue(EXIT_CODE, await verb.run(context, command.opts() as Options, ...values))
  })
}

const EXIT_CODE = 'mintmark exit code'

/** What the verb that ran answered. */
export function exitCodeOf(program: Command): number {
  const code: unknown = program.getOptionValue(EXIT_CODE)
  return typeof code === 'number' ? code : 0
}

function rootOf(command: Command): Command {
  let root = command
  while (root.parent !== null) root = root.parent
  return root
}

function examplesText(examples: readonly string[]): string {
  const [first, ...more] = examples
  return `\n${more.length === 0 ? 'Example' : 'Examples'}:\n${[first, ...more].map((example) => `  $ ${example}`).join('\n')}\n`
}

/** An option that can be given more than once. */
export function repeatedOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value])
}

/** `-o table|json`, the same on every command that prints rows. */
export function formatOption(): Option {
  return new Option('-o <format>', 'how to print it').choices(['table', 'json']).default('table')
}

/** A summary of the list of commands as the sentence above their own help. */
function sentence(summary: string): string {
  return `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.`
}

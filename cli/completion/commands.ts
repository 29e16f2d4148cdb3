import type { Command } from 'commander'
import { addVerb, formatOption } from '../program/command.ts'
import { writeText, type Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'

/** `spirlctl completion …` and `spirlctl version`. */
export function addCompletion(program: Command, context: Context): void {
  addVerb<unknown, readonly ['bash' | 'zsh' | 'fish']>(program, context, {
    name: 'completion',
    summary: 'print a completion script for a shell',
    examples: ['source <(spirlctl completion bash)', 'spirlctl completion zsh > "${fpath[1]}/_spirlctl"', 'spirlctl completion fish | source'],
    arguments: [{ name: '<shell>', description: 'shell that is to complete', choices: ['bash', 'zsh', 'fish'] }],
    run: async (given, _options, shell) => {
      const { completionScript } = await import('./script.ts')
      await writeText(given.stdout, completionScript(program, shell))
      return EXIT.done
    },
  })
  addVerb<{ readonly o: 'table' | 'json' }, readonly []>(program, context, {
    name: 'version',
    summary: 'print versions',
    examples: ['spirlctl version -o json'],
    options: [formatOption()],
    run: async (...values) => (await import('./version.ts')).printVersion(...values),
  })
}

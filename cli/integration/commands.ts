import { Option, type Command } from 'commander'
import { addVerb, formatOption } from '../program/command.ts'
import type { Context } from '../program/context.ts'
import { pageOptions, serverOptions, type FormatOptions, type PageOptions, type ServerOptions } from '../server/options.ts'
import type { CreateIntegrationOptions } from './create.ts'

/** `spirlctl ledger integration …` */
export function addIntegrationVerbs(noun: Command, context: Context): void {
  addVerb<CreateIntegrationOptions, readonly [string, string]>(noun, context, {
    name: 'create',
    summary: "create an integration and print its scanner's key, once",
    examples: ['spirlctl ledger integration create kubernetes production --key-out production.key'],
    arguments: [
      { name: '<kind>', description: 'kind of source', choices: ['kubernetes'] },
      { name: '<name>', description: 'a unique name, such as that of the cluster' },
    ],
    options: [
      new Option('--key-out <file>', 'write the key to this new file, readable by you only, instead of the terminal'),
      formatOption(),
      ...serverOptions(),
    ],
    run: async (...values) => (await import('./create.ts')).createIntegration(...values),
  })
  addVerb<PageOptions & FormatOptions & ServerOptions, readonly []>(noun, context, {
    name: 'list',
    summary: 'integrations by name',
    examples: ['spirlctl ledger integration list'],
    options: [...pageOptions(), formatOption(), ...serverOptions()],
    run: async (...values) => (await import('./list.ts')).listIntegrations(...values),
  })
  addVerb<FormatOptions & ServerOptions, readonly [string]>(noun, context, {
    name: 'get',
    summary: 'one integration',
    examples: ['spirlctl ledger integration get production'],
    arguments: [{ name: '<integration>', description: 'id or name' }],
    options: [formatOption(), ...serverOptions()],
    run: async (...values) => (await import('./get.ts')).getIntegration(...values),
  })
  addVerb<ServerOptions & { readonly yes?: boolean }, readonly [string]>(noun, context, {
    name: 'delete',
    summary: 'delete an integration: its key stops working at once',
    examples: ['spirlctl ledger integration delete production --yes'],
    arguments: [{ name: '<integration>', description: 'id or name' }],
    options: [new Option('--yes', 'do not ask'), ...serverOptions()],
    run: async (...values) => (await import('./delete.ts')).deleteIntegration(...values),
  })
}

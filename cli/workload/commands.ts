import { Option, type Command } from 'commander'
import { addVerb, formatOption } from '../program/command.ts'
import type { Context } from '../program/context.ts'
import { pageOptions, serverOptions, type FormatOptions, type PageOptions, type ServerOptions } from '../server/options.ts'
import { trustDomainOption, type TrustDomainOptions } from '../trust-domain/options.ts'

/** Options of `workload list`. */
export interface ListWorkloadsOptions extends TrustDomainOptions, PageOptions, FormatOptions, ServerOptions {
  readonly cluster?: string
  readonly since?: string
}

/** `spirlctl workload …` */
export function addWorkloadVerbs(noun: Command, context: Context): void {
  addVerb<ListWorkloadsOptions, readonly []>(noun, context, {
    name: 'list',
    summary: 'SPIFFE IDs that were issued in the last 30 days',
    examples: ['spirlctl workload list', 'spirlctl workload list --cluster laptop --since 2026-05-01T00:00:00Z'],
    options: [
      new Option('--cluster <cluster>', 'in this cluster: name or id'),
      new Option('--since <time>', 'issued since, ISO 8601 (default: 30 days ago)'),
      trustDomainOption(),
      ...pageOptions(),
      formatOption(),
      ...serverOptions(),
    ],
    run: async (...values) => (await import('./list.ts')).listWorkloads(...values),
  })
}

import type { MintEvent } from '@mintmark/contract/http'
import { Option, type Command } from 'commander'
import { addVerb, formatOption } from '../program/command.ts'
import type { Context } from '../program/context.ts'
import { pageOptions, serverOptions, type FormatOptions, type PageOptions, type ServerOptions } from '../server/options.ts'
import { trustDomainOption, type TrustDomainOptions } from '../trust-domain/options.ts'

/** Options of `event list`. */
export interface ListEventsOptions extends TrustDomainOptions, PageOptions, FormatOptions, ServerOptions {
  readonly type?: string
  readonly cluster?: string
  readonly spiffeId?: string
  readonly outcome?: MintEvent['outcome']
  readonly from?: string
  readonly to?: string
}

/** `spirlctl event …` */
export function addEventVerbs(noun: Command, context: Context): void {
  addVerb<ListEventsOptions, readonly []>(noun, context, {
    name: 'list',
    summary: 'what was issued, refused, attested, polled and changed, the newest first',
    examples: ['spirlctl event list --outcome failure', 'spirlctl event list --spiffe-id spiffe://example.org/ns/shop/sa/web -o json'],
    options: [
      new Option('--type <type>', 'events of this kind, such as workload_credential_error or keyset_changed'),
      new Option('--outcome <outcome>', 'what went well, or what did not').choices(['success', 'failure']),
      new Option('--spiffe-id <id>', 'about this SPIFFE ID'),
      new Option('--cluster <cluster>', 'in this cluster: name or id'),
      new Option('--from <time>', 'not before this time, ISO 8601'),
      new Option('--to <time>', 'before this time, ISO 8601'),
      trustDomainOption(),
      ...pageOptions(),
      formatOption(),
      ...serverOptions(),
    ],
    run: async (...values) => (await import('./list.ts')).listEvents(...values),
  })
}

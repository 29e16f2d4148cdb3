import { Option, type Command } from 'commander'
import { addVerb, formatOption } from '../program/command.ts'
import type { YesOptions } from '../program/confirm.ts'
import type { Context } from '../program/context.ts'
import { pageOptions, serverOptions, type FormatOptions, type PageOptions, type ServerOptions } from '../server/options.ts'
import { trustDomainOption, type TrustDomainOptions } from '../trust-domain/options.ts'

/** What verbs on federation take. */
export interface FederationOptions extends TrustDomainOptions, FormatOptions, ServerOptions {}

/** Options of `federation create`. */
export interface CreateLinkOptions extends FederationOptions {
  readonly url?: string
  readonly profile: 'https_web' | 'https_spiffe'
  readonly endpointSpiffeId?: string
  readonly bundle?: string
}

const LINK = { name: '<link>', description: 'foreign trust domain, or id of the link' }
const common = () => [trustDomainOption(), formatOption(), ...serverOptions()]

/** `spirlctl federation …` */
export function addFederationVerbs(noun: Command, context: Context): void {
  addVerb<CreateLinkOptions, readonly [string]>(noun, context, {
    name: 'create',
    summary: 'let workloads trust a foreign trust domain',
    description: 'Lets workloads trust a foreign trust domain, by its bundle endpoint or by a bundle that you supply. A link has one direction.',
    examples: [
      'spirlctl federation create partner.example --url https://bundles.partner.example/bundle',
      'spirlctl federation create partner.example --profile https_spiffe --url https://td.partner.example:8443 --endpoint-spiffe-id spiffe://partner.example/server --bundle partner.json',
      'spirlctl federation create partner.example --bundle partner.json',
    ],
    arguments: [{ name: '<trust-domain>', description: 'name of the foreign trust domain' }],
    options: [
      new Option('--url <url>', 'https address of its bundle endpoint'),
      new Option('--profile <profile>', 'how the endpoint proves itself').choices(['https_web', 'https_spiffe']).default('https_web'),
      new Option('--endpoint-spiffe-id <id>', 'SPIFFE ID that an https_spiffe endpoint shows'),
      new Option('--bundle <file>', 'bundle in SPIFFE format; for https_spiffe the one to begin with'),
      ...common(),
    ],
    run: async (...values) => (await import('./create.ts')).createLink(...values),
  })
  addVerb<FederationOptions & PageOptions, readonly []>(noun, context, {
    name: 'list',
    summary: 'foreign trust domains that are trusted',
    examples: ['spirlctl federation list'],
    options: [...pageOptions(), ...common()],
    run: async (...values) => (await import('./show.ts')).listLinks(...values),
  })
  addVerb<FederationOptions, readonly [string]>(noun, context, {
    name: 'info',
    summary: 'one link, with what polling it has shown',
    examples: ['spirlctl federation info partner.example'],
    arguments: [LINK],
    options: common(),
    run: async (...values) => (await import('./show.ts')).showLink(...values),
  })
  addVerb<FederationOptions, readonly [string]>(noun, context, {
    name: 'refresh',
    summary: 'poll the bundle endpoint now; exit code 1 when that fails',
    examples: ['spirlctl federation refresh partner.example'],
    arguments: [LINK],
    options: common(),
    run: async (...values) => (await import('./change.ts')).refreshLink(...values),
  })
  addVerb<FederationOptions & { readonly file: string }, readonly [string]>(noun, context, {
    name: 'set-bundle',
    summary: 'replace a bundle that is supplied by hand',
    examples: ['spirlctl federation set-bundle partner.example -f partner.json'],
    arguments: [LINK],
    options: [new Option('-f, --file <file>', 'bundle in SPIFFE format; - is standard input').makeOptionMandatory(), ...common()],
    run: async (...values) => (await import('./change.ts')).setBundle(...values),
  })
  addVerb<FederationOptions & YesOptions, readonly [string]>(noun, context, {
    name: 'delete',
    summary: 'end the federation: workloads stop trusting the foreign trust domain',
    examples: ['spirlctl federation delete partner.example --yes'],
    arguments: [LINK],
    options: [new Option('--yes', 'do not ask'), ...common()],
    run: async (...values) => (await import('./change.ts')).deleteLink(...values),
  })
}

import type { Command } from 'commander'
import { addKeysetVerbs } from '../keyset/commands.ts'
import { addNoun, addVerb, formatOption } from '../program/command.ts'
import type { Context } from '../program/context.ts'
import { pageOptions, serverOptions, type FormatOptions, type PageOptions, type ServerOptions } from '../server/options.ts'
import { trustDomainOption, type TrustDomainOptions } from './options.ts'

/** `spirlctl trust-domain …` */
export function addTrustDomainVerbs(noun: Command, context: Context): void {
  addVerb<FormatOptions & ServerOptions, readonly [string]>(noun, context, {
    name: 'create',
    summary: 'register a trust domain that a server of its own will serve',
    examples: ['spirlctl trust-domain create prod.example.org'],
    arguments: [{ name: '<name>', description: 'name of the trust domain; it stands in every SPIFFE ID and never changes' }],
    options: [formatOption(), ...serverOptions()],
    run: async (...values) => (await import('./trust-domains.ts')).createTrustDomain(...values),
  })
  addVerb<PageOptions & FormatOptions & ServerOptions, readonly []>(noun, context, {
    name: 'list',
    summary: 'trust domains, the newest first',
    examples: ['spirlctl trust-domain list'],
    options: [...pageOptions(), formatOption(), ...serverOptions()],
    run: async (...values) => (await import('./trust-domains.ts')).listTrustDomains(...values),
  })
  addVerb<FormatOptions & ServerOptions, readonly [string | undefined]>(noun, context, {
    name: 'info',
    summary: 'one trust domain: endpoints, issuer, keysets',
    examples: ['spirlctl trust-domain info', 'spirlctl trust-domain info example.org -o json'],
    arguments: [{ name: '[trust-domain]', description: 'name or id (default: the only one)' }],
    options: [formatOption(), ...serverOptions()],
    run: async (...values) => (await import('./trust-domains.ts')).showTrustDomain(...values),
  })
  const deployment = addNoun(noun, 'deployment', 'servers of a trust domain', ['spirlctl trust-domain deployment keyset list'])
  const keyset = addNoun(deployment, 'keyset', 'keys that sign, and their rotation', ['spirlctl trust-domain deployment keyset list'])
  addKeysetVerbs(keyset, context)
  addRealmVerbs(addNoun(noun, 'realm', 'parts of a trust domain with clusters of their own', ['spirlctl trust-domain realm list']), context)
}

function addRealmVerbs(noun: Command, context: Context): void {
  addVerb<TrustDomainOptions & FormatOptions & ServerOptions, readonly [string]>(noun, context, {
    name: 'create',
    summary: 'create a realm; its name stands in front of the paths of its clusters',
    examples: ['spirlctl trust-domain realm create edge'],
    arguments: [{ name: '<name>', description: 'lower-case letters, digits, ".", "-" and "_"' }],
    options: [trustDomainOption(), formatOption(), ...serverOptions()],
    run: async (...values) => (await import('./realms.ts')).createRealm(...values),
  })
  addVerb<TrustDomainOptions & PageOptions & FormatOptions & ServerOptions, readonly []>(noun, context, {
    name: 'list',
    summary: 'realms of a trust domain',
    examples: ['spirlctl trust-domain realm list -o json'],
    options: [trustDomainOption(), ...pageOptions(), formatOption(), ...serverOptions()],
    run: async (...values) => (await import('./realms.ts')).listRealms(...values),
  })
}

import { Option, type Command } from 'commander'
import { addVerb, formatOption } from '../program/command.ts'
import type { Context } from '../program/context.ts'
import { serverOptions, type FormatOptions, type ServerOptions } from '../server/options.ts'
import { trustDomainOption, type TrustDomainOptions } from '../trust-domain/options.ts'

/** Options of `bundle get`. */
export interface GetBundleOptions extends TrustDomainOptions, FormatOptions, ServerOptions {
  readonly format: 'spiffe' | 'jwks' | 'pem'
}

/** `spirlctl bundle …` */
export function addBundleVerbs(noun: Command, context: Context): void {
  addVerb<GetBundleOptions, readonly []>(noun, context, {
    name: 'get',
    summary: 'what verifies the SVIDs of a trust domain',
    examples: ['spirlctl bundle get > bundle.json', 'spirlctl bundle get --format pem > roots.pem'],
    options: [
      new Option('--format <format>', 'SPIFFE document, JWKS of the token keys, or PEM of the roots').choices(['spiffe', 'jwks', 'pem']).default('spiffe'),
      trustDomainOption(),
      formatOption(),
      ...serverOptions(),
    ],
    run: async (...values) => (await import('./get.ts')).getBundle(...values),
  })
}

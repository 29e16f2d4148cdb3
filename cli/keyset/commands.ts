import { Option, type Command } from 'commander'
import { addVerb, formatOption } from '../program/command.ts'
import type { YesOptions } from '../program/confirm.ts'
import type { Context } from '../program/context.ts'
import { serverOptions, type FormatOptions, type ServerOptions } from '../server/options.ts'
import { trustDomainOption, type TrustDomainOptions } from '../trust-domain/options.ts'

/** What every verb on keysets takes. All servers of a trust domain share its keysets, so the name of a deployment selects nothing. */
export interface KeysetOptions extends TrustDomainOptions, FormatOptions, ServerOptions {
  readonly deploymentName?: string
}

function keysetOptions(): Option[] {
  return [
    trustDomainOption(),
    new Option('--deployment-name <name>', 'deployment of the trust domain; its servers share their keysets, so any name means the same'),
    formatOption(),
    ...serverOptions(),
  ]
}

/** `spirlctl trust-domain deployment keyset …` */
export function addKeysetVerbs(noun: Command, context: Context): void {
  const command = 'spirlctl trust-domain deployment keyset'
  addVerb<KeysetOptions, readonly []>(noun, context, {
    name: 'list',
    summary: 'keysets and their states, the newest first',
    examples: [`${command} list --trust-domain example.org --deployment-name main`],
    options: keysetOptions(),
    run: async (...values) => (await import('./list.ts')).listKeysets(...values),
  })
  addVerb<KeysetOptions, readonly []>(noun, context, {
    name: 'prepare',
    summary: 'make a keyset that is trusted and does not sign yet',
    description: 'Makes a keyset that is trusted and does not sign yet. Waits until it is done, 120 seconds at most.',
    examples: [`${command} prepare`],
    options: keysetOptions(),
    run: async (...values) => (await import('./change.ts')).prepareKeyset(...values),
  })
  addVerb<KeysetOptions, readonly [string | undefined]>(noun, context, {
    name: 'activate',
    summary: 'let a prepared keyset sign',
    description: 'Lets a prepared keyset sign; the one that signed before stays trusted. Waits until it is done, 120 seconds at most.',
    examples: [`${command} activate`, `${command} activate KEYSET`],
    arguments: [{ name: '[keyset]', description: 'id (default: the newest that was prepared)' }],
    options: keysetOptions(),
    run: async (...values) => (await import('./change.ts')).activateKeyset(...values),
  })
  for (const [name, summary, description] of [
    ['taint', 'have everything that a keyset signed renewed at once', 'Has agents renew at once what the keyset signed; it stays trusted meanwhile.'],
    ['remove', 'end the trust in a tainted keyset', 'Ends the trust in a tainted keyset: nothing that it signed is valid any more.'],
  ] as const) {
    addVerb<KeysetOptions & YesOptions, readonly [string]>(noun, context, {
      name,
      summary,
      description: `${description} Waits until it is done, 120 seconds at most.`,
      examples: [`${command} ${name} KEYSET --yes`],
      arguments: [{ name: '<keyset>', description: 'id' }],
      options: [new Option('--yes', 'do not ask'), ...keysetOptions()],
      run: async (given, options, id) => (await import('./change.ts')).retireKeyset(given, name, options, id),
    })
  }
}

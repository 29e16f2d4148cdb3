import { Option, type Command } from 'commander'
import { addVerb, formatOption } from '../program/command.ts'
import type { Context } from '../program/context.ts'
import { serverOptions, type FormatOptions, type ServerOptions } from '../server/options.ts'
import type { LoginOptions } from './login.ts'

/** `login`, `logout`, `whoami`. */
export function addSessionVerbs(program: Command, context: Context): void {
  addVerb<LoginOptions, readonly [string | undefined]>(program, context, {
    name: 'login',
    summary: 'sign in to a control plane',
    description:
      'Signs in with the one-time link that the control plane prints when it starts, or with a token.\nThe credentials are kept in a file that only you can read.',
    examples: ["spirlctl login 'http://127.0.0.1:7420/login#CODE'", 'spirlctl login --server https://mintmark.example.org --token - < token.txt'],
    arguments: [{ name: '[link]', description: 'the printed one-time link, in quotes' }],
    options: [
      new Option('--token <token>', 'sign in with this token; "-" reads it from standard input'),
      new Option('--server <url>', 'control plane of the token').env('MINTMARK_SERVER'),
    ],
    run: async (...values) => (await import('./login.ts')).login(...values),
  })
  addVerb<ServerOptions, readonly []>(program, context, {
    name: 'logout',
    summary: 'sign out and forget the credentials',
    examples: ['spirlctl logout'],
    options: serverOptions(),
    run: async (...values) => (await import('./logout.ts')).logout(...values),
  })
  addVerb<ServerOptions & FormatOptions, readonly []>(program, context, {
    name: 'whoami',
    summary: 'who is signed in, where, and until when',
    examples: ['spirlctl whoami'],
    options: [formatOption(), ...serverOptions()],
    run: async (...values) => (await import('./whoami.ts')).whoami(...values),
  })
}

import { InvalidArgumentError, Option, type Command } from 'commander'
import { addNoun, addVerb, formatOption, repeatedOption } from '../program/command.ts'
import type { Context } from '../program/context.ts'
import { serverOptions, type FormatOptions, type ServerOptions } from '../server/options.ts'
import { trustDomainOption, type TrustDomainOptions } from '../trust-domain/options.ts'

/** Options of `svid mint`. */
export interface MintOptions extends TrustDomainOptions, FormatOptions, ServerOptions {
  readonly ttl?: number
}

/** Options of `svid fetch`. */
export interface FetchOptions extends FormatOptions {
  readonly socket?: string
  readonly timeout: number
}

/** Options of `svid validate`. */
export interface ValidateOptions extends TrustDomainOptions, FormatOptions, ServerOptions {
  readonly bundle?: string
  readonly audience?: readonly string[]
}

const PATH = { name: '<path>', description: 'path of the SPIFFE ID, such as /ops/anna' }
const SVID = { name: '[file]', description: 'PEM chain or JWT (default: standard input)' }
const FETCH_SECONDS = 30

const outDirOption = () => new Option('--out-dir <folder>', 'write svid.pem, key.pem and bundle.pem into this folder, readable by you only')
const ttlOption = () => new Option('--ttl <duration>', 'how long it is valid, for example 10m').argParser(parseDuration)

/** `spirlctl svid …` */
export function addSvidVerbs(noun: Command, context: Context): void {
  addMintVerbs(addNoun(noun, 'mint', 'issue an SVID by hand; recorded with who asked', ['spirlctl svid mint jwt /ops/anna --audience billing']), context)
  addFetchVerbs(addNoun(noun, 'fetch', 'ask the agent on this machine for the identities of this process', ['spirlctl svid fetch x509']), context)
  addVerb<FormatOptions, readonly [string | undefined]>(noun, context, {
    name: 'inspect',
    summary: 'what an SVID says of itself; nothing is verified',
    examples: ['spirlctl svid inspect svid.pem', 'spirlctl svid fetch jwt --audience billing | spirlctl svid inspect'],
    arguments: [SVID],
    options: [formatOption()],
    run: async (...values) => (await import('./inspect.ts')).inspectSvid(...values),
  })
  addVerb<ValidateOptions, readonly [string | undefined]>(noun, context, {
    name: 'validate',
    summary: 'verify an SVID; exit code 1 when it is not valid',
    description: 'Verifies an X.509 chain or a JWT against a bundle file, or against the bundle of the trust domain that the control plane serves.',
    examples: ['spirlctl svid validate svid.pem', 'spirlctl svid validate token.txt --audience billing --bundle bundle.json'],
    arguments: [SVID],
    options: [
      new Option('--bundle <file>', 'bundle in SPIFFE format, or PEM of the roots (default: ask the control plane)'),
      repeatedOption('--audience <name>', 'audience that a JWT must have one of'),
      trustDomainOption(),
      formatOption(),
      ...serverOptions(),
    ],
    run: async (...values) => (await import('./validate.ts')).validateSvid(...values),
  })
}

function addMintVerbs(noun: Command, context: Context): void {
  addVerb<MintOptions & { readonly outDir?: string }, readonly [string]>(noun, context, {
    name: 'x509',
    summary: 'issue an X.509-SVID for a key that is made here',
    examples: ['spirlctl svid mint x509 /ops/anna --ttl 10m --out-dir ./anna'],
    arguments: [PATH],
    options: [ttlOption(), outDirOption(), trustDomainOption(), formatOption(), ...serverOptions()],
    run: async (...values) => (await import('./mint.ts')).mintX509(...values),
  })
  addVerb<MintOptions & { readonly audience: readonly string[] }, readonly [string]>(noun, context, {
    name: 'jwt',
    summary: 'issue a JWT-SVID and print it',
    examples: ['spirlctl svid mint jwt /ops/anna --audience billing --ttl 10m'],
    arguments: [PATH],
    options: [
      repeatedOption('--audience <name>', 'for whom the token is; can be given more than once').makeOptionMandatory(),
      ttlOption(),
      trustDomainOption(),
      formatOption(),
      ...serverOptions(),
    ],
    run: async (...values) => (await import('./mint.ts')).mintJwt(...values),
  })
}

function addFetchVerbs(noun: Command, context: Context): void {
  const options = (): Option[] => [
    new Option('--socket <path>', 'socket of the Workload API: a path or unix:///…').env('SPIFFE_ENDPOINT_SOCKET'),
    new Option('--timeout <duration>', 'how long to wait').argParser(parseDuration).default(FETCH_SECONDS, '30s'),
    formatOption(),
  ]
  addVerb<FetchOptions & { readonly outDir?: string }, readonly []>(noun, context, {
    name: 'x509',
    summary: 'X.509-SVIDs of this process',
    examples: [
      'spirlctl svid fetch x509 --socket ./laptop/agent.sock',
      'SPIFFE_ENDPOINT_SOCKET=unix:///run/spirl/sockets/agent.sock spirlctl svid fetch x509 --out-dir ./id',
    ],
    options: [outDirOption(), ...options()],
    run: async (...values) => (await import('./fetch.ts')).fetchX509(...values),
  })
  addVerb<FetchOptions & { readonly audience: readonly string[]; readonly id?: string }, readonly []>(noun, context, {
    name: 'jwt',
    summary: 'a JWT-SVID of this process, for an audience',
    examples: ['spirlctl svid fetch jwt --audience billing --socket ./laptop/agent.sock'],
    options: [
      repeatedOption('--audience <name>', 'for whom the token is; can be given more than once').makeOptionMandatory(),
      new Option('--id <spiffe-id>', 'which identity, of a process with several'),
      ...options(),
    ],
    run: async (...values) => (await import('./fetch.ts')).fetchJwt(...values),
  })
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** `10m`, `90s`, `1h` or `7d` as seconds. */
function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const seconds = Number(amount) * (UNIT_SECONDS[unit ?? ''] ?? 0)
  if (!Number.isSafeInteger(seconds) || seconds < 1) throw new InvalidArgumentError('It takes a duration such as 90s, 10m or 1h.')
  return seconds
}

import { InvalidArgumentError, Option, type Command } from 'commander'
import { addVerb, formatOption } from '../program/command.ts'
import type { Context } from '../program/context.ts'
import { trustDomainOption, type TrustDomainOptions } from '../trust-domain/options.ts'
import { pageOptions, serverOptions, type FormatOptions, type PageOptions, type ServerOptions } from '../server/options.ts'

const SCOPES = ['org', 'trust-domain', 'trust-domain-deployment', 'cluster'] as const
/** What configuration hangs on. */
export type Scope = (typeof SCOPES)[number]

/** Options of `config set` and `config validate`. */
export interface SetOptions extends TrustDomainOptions, FormatOptions, ServerOptions {
  readonly file: string
  readonly prune?: boolean
  readonly expectedVersion?: number
}

/** Options of `config diff`. */
export interface DiffOptions extends TrustDomainOptions, FormatOptions, ServerOptions {
  readonly file?: string
  readonly prune?: boolean
  readonly from?: number
  readonly to?: number
}

const SCOPE = [
  { name: '<scope>', description: 'what it applies to', choices: SCOPES },
  { name: '[id]', description: 'name or id of it; of an organisation there is one, which needs no name' },
]
type ScopeArguments = readonly [Scope, string | undefined]

const fileOption = () => new Option('-f, --file <file>', 'YAML documents of section, schema and spec; - is standard input')
const pruneOption = () => new Option('--prune', 'delete sections that the file does not mention')
const common = () => [trustDomainOption(), formatOption(), ...serverOptions()]

/** `spirlctl config …` */
export function addConfigVerbs(noun: Command, context: Context): void {
  addVerb<SetOptions, ScopeArguments>(noun, context, {
    name: 'set',
    summary: 'set sections of managed configuration',
    examples: ['spirlctl config set cluster laptop -f policy.yaml', 'spirlctl config set org -f - --expected-version 4 < org.yaml'],
    arguments: SCOPE,
    options: [
      fileOption().makeOptionMandatory(),
      pruneOption(),
      new Option('--expected-version <version>', 'refuse when the newest version is another').argParser(parseVersion),
      ...common(),
    ],
    run: async (given, options, scope, id) => (await import('./set.ts')).setConfiguration(given, { ...options, validateOnly: false }, scope, id),
  })
  addVerb<SetOptions, ScopeArguments>(noun, context, {
    name: 'validate',
    summary: 'check configuration without setting it; exit code 1 when it is not valid',
    examples: ['spirlctl config validate trust-domain example.org -f policy.yaml'],
    arguments: SCOPE,
    options: [fileOption().makeOptionMandatory(), pruneOption(), ...common()],
    run: async (given, options, scope, id) => (await import('./set.ts')).setConfiguration(given, { ...options, validateOnly: true }, scope, id),
  })
  addVerb<DiffOptions, ScopeArguments>(noun, context, {
    name: 'diff',
    summary: 'what a file would change, or what changed between two versions',
    examples: ['spirlctl config diff cluster laptop -f policy.yaml', 'spirlctl config diff cluster laptop --from 3 --to 4'],
    arguments: SCOPE,
    options: [
      fileOption().conflicts(['from', 'to']),
      pruneOption(),
      new Option('--from <version>', 'older version; 0 is before anything was set').argParser(parseVersion),
      new Option('--to <version>', 'newer version').argParser(parseVersion),
      ...common(),
    ],
    run: async (...values) => (await import('./diff.ts')).diffConfiguration(...values),
  })
  addVerb<TrustDomainOptions & PageOptions & FormatOptions & ServerOptions, ScopeArguments>(noun, context, {
    name: 'history',
    summary: 'versions of a configuration, the newest first',
    examples: ['spirlctl config history cluster laptop'],
    arguments: SCOPE,
    options: [...pageOptions(), ...common()],
    run: async (...values) => (await import('./history.ts')).listHistory(...values),
  })
  addVerb<TrustDomainOptions & FormatOptions & ServerOptions & { readonly configVersion?: number }, ScopeArguments>(noun, context, {
    name: 'get',
    summary: 'the newest configuration, or an older version',
    examples: ['spirlctl config get cluster laptop', 'spirlctl config get org --config-version 3 -o json'],
    arguments: SCOPE,
    options: [new Option('--config-version <version>', 'an older version').argParser(parseVersion), ...common()],
    run: async (...values) => (await import('./history.ts')).showConfiguration(...values),
  })
}

function parseVersion(text: string): number {
  const version = Number(text)
  if (!Number.isSafeInteger(version) || version < 0) throw new InvalidArgumentError('It takes a version: a whole number, 0 for none.')
  return version
}

import { Option, type Command } from 'commander'
import { addNoun, addVerb, formatOption } from '../program/command.ts'
import type { Context } from '../program/context.ts'
import { pageOptions, serverOptions } from '../server/options.ts'
import type { Entity, GetOptions, ListOptions } from './entity.ts'

interface EntityNoun {
  readonly summary: string
  readonly plural: string
  readonly filters: () => Option[]
  readonly listExample: string
  readonly traceSummary: string
}

const nameFilter = () => new Option('--name <text>', 'whose name holds this text')
const namespaceFilter = () => new Option('--namespace <name>', 'in this namespace')
const applicationFilter = () => new Option('--application <id>', 'of this application: id or natural key')

const NOUNS: Readonly<Record<Entity, EntityNoun>> = {
  application: {
    summary: 'pieces of software and how many secrets they use',
    plural: 'applications by name',
    filters: () => [nameFilter()],
    listExample: 'spirlctl ledger application list --name payment',
    traceSummary: 'where an application runs and which secrets it uses',
  },
  deployment: {
    summary: 'places where applications run',
    plural: 'deployments by name',
    filters: () => [nameFilter(), namespaceFilter(), applicationFilter()],
    listExample: 'spirlctl ledger deployment list --namespace shop',
    traceSummary: 'what a deployment runs as and which secrets it uses',
  },
  identity: {
    summary: 'non-human principals to which secrets belong',
    plural: 'identities by name',
    filters: () => [nameFilter(), new Option('--kind <kind>', 'of this kind, for example aws-iam-role')],
    listExample: 'spirlctl ledger identity list --kind aws-iam-user',
    traceSummary: "which secrets are an identity's own and who uses them",
  },
  secret: {
    summary: 'distinct static credentials, worst first',
    plural: 'secrets, worst first',
    filters: () => [
      new Option('--level <level>', 'of this level or worse').choices(['Low', 'Medium', 'High', 'Critical']),
      new Option('--kind <kind>', 'of this kind, for example aws-access-key'),
      new Option('--provider <name>', 'of this provider'),
      applicationFilter(),
      namespaceFilter(),
      new Option('--public-id <id>', 'with this public id, such as an access key id'),
    ],
    listExample: 'spirlctl ledger secret list --level High --namespace shop',
    traceSummary: 'whose a secret is, and which applications use it in which deployments',
  },
}

/** `spirlctl ledger application|deployment|identity|secret list|get|trace`: four nouns of one shape. */
export function addInventoryVerbs(ledger: Command, context: Context): void {
  for (const entity of ['application', 'deployment', 'identity', 'secret'] as const) {
    const { summary, plural, filters, listExample, traceSummary } = NOUNS[entity]
    const noun = addNoun(ledger, entity, summary, [listExample])
    const asOf = () => new Option('--as-of <scan>', 'as the inventory was at this scan number')
    const subject = [{ name: `<${entity}>`, description: 'id or natural key' }]
    addVerb<ListOptions, readonly []>(noun, context, {
      name: 'list',
      summary: plural,
      examples: [listExample, `spirlctl ledger ${entity} list --all -o json`],
      options: [...filters(), asOf(), ...pageOptions(), formatOption(), ...serverOptions()],
      run: async (given, options) => (await import('./list.ts')).listEntities(given, entity, options),
    })
    addVerb<GetOptions, readonly [string]>(noun, context, {
      name: 'get',
      summary: `one ${entity}`,
      examples: [`spirlctl ledger ${entity} get ID -o json`],
      arguments: subject,
      options: [asOf(), formatOption(), ...serverOptions()],
      run: async (given, options, id) => (await import('./get.ts')).getEntity(given, entity, options, id),
    })
    addVerb<GetOptions, readonly [string]>(noun, context, {
      name: 'trace',
      summary: traceSummary,
      examples: [`spirlctl ledger ${entity} trace ID`],
      arguments: subject,
      options: [asOf(), formatOption(), ...serverOptions()],
      run: async (given, options, id) => (await import('./trace.ts')).traceEntity(given, entity, options, id),
    })
  }
}

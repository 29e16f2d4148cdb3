import { Option, type Command } from 'commander'
import { addNoun, addVerb, formatOption } from '../program/command.ts'
import type { YesOptions } from '../program/confirm.ts'
import type { Context } from '../program/context.ts'
import { pageOptions, serverOptions, type PageOptions } from '../server/options.ts'
import { trustDomainOption } from '../trust-domain/options.ts'
import type { ClusterOptions, RegisterOptions } from './options.ts'

const CLUSTER = { name: '<cluster>', description: 'name or id' }

function common(): Option[] {
  return [trustDomainOption(), formatOption(), ...serverOptions()]
}

function registerOptions(): Option[] {
  return [
    new Option('--platform <platform>', 'where its agents run').choices(['k8s', 'istio', 'eks', 'eks-istio', 'linux']).default('k8s'),
    new Option('--realm <name>', 'realm that it belongs to'),
    new Option('--key-out <file>', 'write the key of its agents to this new file, readable by you only').conflicts('outDir'),
    ...common(),
  ]
}

/** `spirlctl cluster …` */
export function addClusterVerbs(noun: Command, context: Context): void {
  addRegisterVerbs(noun, context)
  addVerb<ClusterOptions & PageOptions, readonly []>(noun, context, {
    name: 'list',
    summary: 'clusters, the newest first',
    examples: ['spirlctl cluster list'],
    options: [...pageOptions(), ...common()],
    run: async (...values) => (await import('./show.ts')).listClusters(...values),
  })
  addVerb<ClusterOptions, readonly [string]>(noun, context, {
    name: 'info',
    summary: 'one cluster, its versions and how its agents connect',
    examples: ['spirlctl cluster info laptop'],
    arguments: [CLUSTER],
    options: common(),
    run: async (...values) => (await import('./show.ts')).showCluster(...values),
  })
  addVerb<ClusterOptions & PageOptions, readonly [string]>(noun, context, {
    name: 'agents',
    summary: 'agents of a cluster, the last seen first',
    examples: ['spirlctl cluster agents laptop'],
    arguments: [CLUSTER],
    options: [...pageOptions(), ...common()],
    run: async (...values) => (await import('./show.ts')).listAgents(...values),
  })
  addVerb<ClusterOptions & YesOptions, readonly [string]>(noun, context, {
    name: 'disable',
    summary: 'end the sessions of all agents of a cluster; nothing is issued there any more',
    examples: ['spirlctl cluster disable laptop --yes'],
    arguments: [CLUSTER],
    options: [new Option('--yes', 'do not ask'), ...common()],
    run: async (...values) => (await import('./change.ts')).disableCluster(...values),
  })
  addVerb<ClusterOptions, readonly [string]>(noun, context, {
    name: 'enable',
    summary: 'let a disabled cluster issue again',
    examples: ['spirlctl cluster enable laptop'],
    arguments: [CLUSTER],
    options: common(),
    run: async (...values) => (await import('./change.ts')).enableCluster(...values),
  })
  addVerb<ClusterOptions & YesOptions, readonly [string]>(noun, context, {
    name: 'delete',
    summary: 'delete a disabled cluster with its versions, agents and configuration',
    examples: ['spirlctl cluster delete laptop --yes'],
    arguments: [CLUSTER],
    options: [new Option('--yes', 'do not ask'), ...common()],
    run: async (...values) => (await import('./change.ts')).deleteCluster(...values),
  })
  addVersionVerbs(addNoun(noun, 'version', 'keys that the agents of a cluster prove themselves with', ['spirlctl cluster version list laptop']), context)
}

function addRegisterVerbs(noun: Command, context: Context): void {
  addVerb<RegisterOptions, readonly [string]>(noun, context, {
    name: 'register',
    summary: 'register a cluster; the key of its agents is shown this once',
    description:
      'Registers a cluster, or this machine with --platform linux, and shows the key of its agents this once.\nWith --out-dir it writes everything that an agent on this machine needs.',
    examples: ['spirlctl cluster register laptop --platform linux --out-dir ./laptop', 'spirlctl cluster register production --key-out production.pem'],
    arguments: [{ name: '<name>', description: 'it stands in SPIFFE IDs: lower-case letters, digits, ".", "-" and "_"' }],
    options: [new Option('--out-dir <folder>', 'write the configuration of an agent with its key into this folder'), ...registerOptions()],
    run: async (...values) => (await import('./register.ts')).registerCluster(...values),
  })
  addVerb<RegisterOptions, readonly [string]>(noun, context, {
    name: 'add',
    summary: 'register a cluster and print the Helm values that deploy its agents',
    description:
      'Registers a cluster and prints the values.yaml for chart spirl-system that deploys its agents.\nIt does not touch the cluster itself: pass the values to Helm.',
    examples: ['spirlctl cluster add production > values.yaml', 'spirlctl cluster add production --key-out production.pem'],
    arguments: [{ name: '<name>', description: 'it stands in SPIFFE IDs: lower-case letters, digits, ".", "-" and "_"' }],
    options: registerOptions(),
    run: async (...values) => (await import('./add.ts')).addCluster(...values),
  })
}

function addVersionVerbs(noun: Command, context: Context): void {
  const version = { name: '<version>', description: 'id, cv-…' }
  addVerb<ClusterOptions & { readonly keyOut?: string }, readonly [string]>(noun, context, {
    name: 'create',
    summary: 'add a key; the eleventh removes the oldest',
    examples: ['spirlctl cluster version create laptop --key-out laptop-2.pem'],
    arguments: [CLUSTER],
    options: [new Option('--key-out <file>', 'write the key to this new file, readable by you only'), ...common()],
    run: async (...values) => (await import('./versions.ts')).createVersion(...values),
  })
  addVerb<ClusterOptions, readonly [string]>(noun, context, {
    name: 'list',
    summary: 'versions of a cluster, the newest first',
    examples: ['spirlctl cluster version list laptop'],
    arguments: [CLUSTER],
    options: common(),
    run: async (...values) => (await import('./versions.ts')).listVersions(...values),
  })
  for (const name of ['activate', 'deactivate'] as const) {
    addVerb<ClusterOptions, readonly [string, string]>(noun, context, {
      name,
      summary: name === 'activate' ? 'let agents prove themselves with a version' : 'let no agent prove itself with a version any more',
      examples: [`spirlctl cluster version ${name} laptop cv-…`],
      arguments: [CLUSTER, version],
      options: common(),
      run: async (given, options, cluster, id) => (await import('./versions.ts')).setVersionActive(given, name === 'activate', options, cluster, id),
    })
  }
  addVerb<ClusterOptions & YesOptions, readonly [string, string]>(noun, context, {
    name: 'delete',
    summary: 'delete a version that is not active',
    examples: ['spirlctl cluster version delete laptop cv-… --yes'],
    arguments: [CLUSTER, version],
    options: [new Option('--yes', 'do not ask'), ...common()],
    run: async (...values) => (await import('./versions.ts')).deleteVersion(...values),
  })
}

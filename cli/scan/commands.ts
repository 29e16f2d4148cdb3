import { Option, type Command } from 'commander'
import { addVerb, formatOption, repeatedOption } from '../program/command.ts'
import type { Context } from '../program/context.ts'
import { pageOptions, serverOptions } from '../server/options.ts'
import type { ScanDiffOptions } from './diff.ts'
import type { KubernetesScanOptions } from './kubernetes.ts'
import { keepHeapSmall } from './memory.ts'

/** `spirlctl scan …`: works without a server. */
export function addScanVerbs(noun: Command, context: Context): void {
  addVerb<KubernetesScanOptions, readonly []>(noun, context, {
    name: 'kubernetes',
    summary: 'scan a Kubernetes cluster, or a folder of manifests',
    description:
      'Reads workloads, Secrets, ConfigMaps, namespaces, nodes and service accounts; says which applications use which static secrets,\n' +
      'where each lies, how dangerous it is and why. It only reads. Nothing of a value leaves this process.\n\n' +
      'Exit codes: 0 done; 1 failed, or found something of the level of --fail-on or worse; 2 wrong command line.',
    examples: [
      'spirlctl scan kubernetes',
      'spirlctl scan kubernetes --context production --exclude-namespace kube-system -o html --output report.html',
      'spirlctl scan kubernetes --manifests deploy/ -o sarif --output scan.sarif --fail-on High',
      'spirlctl scan kubernetes --server http://127.0.0.1:7420 --key scanner.key --watch',
    ],
    options: [
      new Option('--kubeconfig <file>', 'kubeconfig to use (default: $KUBECONFIG, then ~/.kube/config, then the pod itself)'),
      new Option('--context <name>', 'context of the kubeconfig (default: its current one)'),
      new Option('--manifests <folder>', 'read YAML and JSON files instead of a cluster').conflicts(['kubeconfig', 'context', 'watch']),
      repeatedOption('--namespace <name>', 'only this namespace; can be repeated'),
      repeatedOption('--exclude-namespace <name>', 'not this namespace; can be repeated'),
      new Option('--cluster-name <name>', 'name of the cluster in reports (default: from the context)'),
      new Option('--allow-exec', 'run the credential plugin that the kubeconfig names'),
      new Option('--watch', 'go on after the scan and report changes as they happen'),
      new Option('--server <url>', 'send the scan to this control plane').env('MINTMARK_SERVER'),
      new Option('--key <file>', "the scanner's key, from spirlctl ledger integration create").env('MINTMARK_SCANNER_KEY'),
      new Option('-o <format>', 'how to print it (default: table; with --server a short summary)').choices(['table', 'json', 'ndjson', 'sarif', 'html']),
      new Option('--output <file>', 'write it to this file instead of the terminal'),
      new Option('--fail-on <level>', 'exit with 1 when a secret has this level or a worse one').choices(['Low', 'Medium', 'High', 'Critical']),
      new Option('--fingerprint-key <file>', 'key of the fingerprints (default: that of the server; without one, your own, made on first use)'),
    ],
    run: async (...values) => {
      // Before the engine is loaded, because loading it is where the heap would grow first.
      keepHeapSmall()
      return await (await import('./kubernetes.ts')).runKubernetesScan(...values)
    },
  })
}

/** `spirlctl ledger scan …`: what a control plane has received. */
export function addLedgerScanVerbs(noun: Command, context: Context): void {
  addVerb<{ o: 'table' | 'json'; server?: string; limit?: number; all?: boolean; integration?: string }, readonly []>(noun, context, {
    name: 'list',
    summary: 'scans, newest first',
    examples: ['spirlctl ledger scan list --integration production'],
    options: [new Option('--integration <name>', 'of this integration only (id or name)'), ...pageOptions(), formatOption(), ...serverOptions()],
    run: async (...values) => (await import('./list.ts')).listScans(...values),
  })
  addVerb<{ o: 'table' | 'json'; server?: string }, readonly [string]>(noun, context, {
    name: 'get',
    summary: 'one scan, with what it could and could not read',
    examples: ['spirlctl ledger scan get 0198c5a2-7d1e-7c33-9b55-0c6a3f1d2e4f'],
    arguments: [{ name: '<scan>', description: 'id of the scan' }],
    options: [formatOption(), ...serverOptions()],
    run: async (...values) => (await import('./get.ts')).getScan(...values),
  })
  addVerb<ScanDiffOptions, readonly [string, string]>(noun, context, {
    name: 'diff',
    summary: 'what changed between two scans',
    examples: ['spirlctl ledger scan diff 41 42', 'spirlctl ledger scan diff 0 42 -o json'],
    arguments: [
      { name: '<from>', description: 'number of the earlier scan; 0 is the empty inventory' },
      { name: '<to>', description: 'number of the later scan' },
    ],
    options: [...pageOptions(), formatOption(), ...serverOptions()],
    run: async (...values) => (await import('./diff.ts')).diffScans(...values),
  })
}

import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { UserError } from '@mintmark/ledger/model'
import type { Credentials, Proof } from './proof.ts'
import { execCredential } from './schema.ts'
import type { ExecPlugin } from './schema.ts'

/** What a plugin may be told of the cluster. */
export interface ExecCluster {
  readonly server: string
  readonly caPem?: string
  readonly insecure: boolean
  readonly serverName?: string
}

const OUTPUT_BYTES_MAX = 1024 * 1024
const RUN_MS_MAX = 60_000
/** A credential is renewed this long before it ends, so that no request carries one that ends on the way. */
const EARLY_MS = 30_000

const API_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']

/**
 * Credentials from a program that the kubeconfig names. It runs only with the user's leave, because a kubeconfig from elsewhere could name any program.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export function createExecCredentials(name: string, plugin: ExecPlugin, folder: string, cluster: ExecCluster, allowExec: boolean): Credentials {
  const line = [plugin.command, ...plugin.args].join(' ').slice(0, 512)
  const apiVersion = plugin.apiVersion ?? API_VERSIONS[0] ?? ''
  if (!API_VERSIONS.includes(apiVersion)) {
    throw new UserError(
      'exec-version',
      `The credential plugin of user ${name} speaks ${apiVersion}, which Kubernetes removed`,
      `Update the plugin and its entry to ${API_VERSIONS.join(' or ')}`,
    )
  }
  if (!allowExec) {
    throw new UserError(
      'exec-not-allowed',
      `User ${name} of the kubeconfig signs in by running a command: ${line}`,
      'If you trust that command, pass --allow-exec',
    )
  }
  if (plugin.interactiveMode === 'Always') {
    throw new UserError(
      'exec-interactive',
      `The credential plugin of user ${name} wants a terminal: ${line}`,
      'Log in with it first, or use a token (kubectl create token)',
    )
  }
  let cached: { readonly proof: Proof; readonly expiresAtMs: number | undefined } | undefined
  let running: Promise<Proof> | undefined
  const renew = async (signal: AbortSignal): Promise<Proof> => {
    const status = await runPlugin(name, plugin, folder, apiVersion, cluster, signal)
    const proof: Proof = {
      ...(status.token === undefined ? {} : { authorization: `Bearer ${status.token}` }),
      ...(status.clientCertificateData === undefined || status.clientKeyData === undefined
        ? {}
        : { certificate: { cert: status.clientCertificateData, key: status.clientKeyData } }),
    }
    const expires = status.expirationTimestamp === undefined ? Number.NaN : Date.parse(status.expirationTimestamp)
    cached = { proof, expiresAtMs: Number.isNaN(expires) ? undefined : expires }
    return proof
  }
  return {
    name,
    advice: `The credential plugin gave a credential that the cluster does not accept; try it by hand: ${line}`,
    async proof(refused, signal) {
      const fresh = cached !== undefined && (cached.expiresAtMs === undefined || cached.expiresAtMs - EARLY_MS > Date.now())
      if (cached !== undefined && fresh && !refused) return cached.proof
      // Requests that need a credential at the same time wait for one run.
      running ??= renew(signal).finally(() => (running = undefined))
      return running
    },
  }
}

async function runPlugin(name: string, plugin: ExecPlugin, folder: string, apiVersion: string, cluster: ExecCluster, signal: AbortSignal) {
  const info = {
    apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(plugin.provideClusterInfo === true ? { cluster: clusterInfo(cluster) } : {}) },
  }
  const environment = {
    ...process.env,
    ...Object.fromEntries(plugin.env.map((one) => [one.name, one.value])),
    KUBERNETES_EXEC_INFO: JSON.stringify(info),
  }
  // A command with a slash is relative to the kubeconfig, others are looked up in PATH.
  const command = plugin.command.includes('/') ? resolve(folder, plugin.command) : plugin.command
  const output = await runCommand(name, command, plugin, environment, signal)
  const status = readCredential(output)
  if (status === undefined || (status.token === undefined && status.clientCertificateData === undefined)) {
    throw new UserError(
      'exec-output',
      `The credential plugin of user ${name} printed no ExecCredential with a token or a certificate`,
      `Try it by hand: ${plugin.command}`,
    )
  }
  return status
}

function readCredential(output: string): ReturnType<typeof execCredential>['status'] | undefined {
  try {
    const credential = execCredential(JSON.parse(output), '')
    return credential.kind === 'ExecCredential' ? credential.status : undefined
  } catch {
    // Neither error may be shown: both could quote the credential.
    return undefined
  }
}

function clusterInfo(cluster: ExecCluster): Record<string, unknown> {
  return {
    server: cluster.server,
    ...(cluster.caPem === undefined ? {} : { 'certificate-authority-data': Buffer.from(cluster.caPem).toString('base64') }),
    ...(cluster.insecure ? { 'insecure-skip-tls-verify': true } : {}),
    ...(cluster.serverName === undefined ? {} : { 'tls-server-name': cluster.serverName }),
  }
}

function runCommand(name: string, command: string, plugin: ExecPlugin, environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<string> {
  return new Promise((resolveOutput, reject) => {
    const refuse = (happened: string, cause?: unknown): void =>
      reject(
        new UserError(
          'exec-failed',
          `The credential plugin of user ${name} (${command}) ${happened}`,
          plugin.installHint?.trim() || 'Try it by hand; it must print an ExecCredential',
          { cause },
        ),
      )
    // Its messages go to the person; its output is the credential.
    const child = spawn(command, plugin.args, { env: environment, stdio: ['ignore', 'pipe', 'inherit'], signal, timeout: RUN_MS_MAX })
    const chunks: Buffer[] = []
    let bytes = 0
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > OUTPUT_BYTES_MAX) child.kill('SIGKILL')
      else chunks.push(chunk)
    })
    child.on('error', (error) => refuse(`could not be run (${'code' in error ? String(error.code) : error.name})`, error))
    child.on('close', (code, ended) => {
      if (bytes > OUTPUT_BYTES_MAX) refuse(`printed more than ${OUTPUT_BYTES_MAX} bytes`)
      else if (code === 0) resolveOutput(Buffer.concat(chunks).toString('utf8'))
      else refuse(ended === null ? `ended with code ${code}` : `was ended by ${ended}; it may take ${RUN_MS_MAX / 1_000} s`)
    })
  })
}

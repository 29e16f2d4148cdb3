import type { Client } from '@mintmark/contract/http'
import { UserError } from '@mintmark/ledger/model'
import { createNewFile, requireNewFiles } from '../files/new-files.ts'
import { writeText, type Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printJson } from '../program/rows.ts'
import { shellWord } from '../program/shell-word.ts'
import { cleanText } from '../report/text.ts'
import { ask, connect } from '../server/connect.ts'
import { trustDomainQuery } from '../trust-domain/which.ts'
import { planAgentFiles, writeAgentFiles, type AgentFiles } from './agent-files.ts'
import type { RegisterOptions } from './options.ts'

/** What the control plane answers to a registration. */
export type Registered = Awaited<ReturnType<Client['registerCluster']>>

/** `spirlctl cluster register NAME`: the one moment in which the key can be seen. */
export async function registerCluster(context: Context, options: RegisterOptions, name: string): Promise<number> {
  // Looked at before anything is created, because the key is shown only once.
  const files = options.outDir === undefined ? undefined : await planAgentFiles(options.outDir)
  if (options.keyOut !== undefined) await requireNewFiles([options.keyOut])
  const registered = await register(context, options, name)
  const { cluster, key, connection } = registered
  if (options.keyOut !== undefined) await createNewFile(options.keyOut, key.privateKeyPem)
  if (files !== undefined) {
    if (connection.endpoint === undefined) throw unknownEndpoint(cluster.name)
    await writeAgentFiles(files, cluster.platform, connection, key)
  }
  const keyPath = files?.key ?? options.keyOut
  if (options.o === 'json') {
    const shownKey = keyPath === undefined ? key : { id: key.id, path: keyPath }
    await printJson(context, { ...registered, key: shownKey, ...(files === undefined ? {} : { agent: { config: files.config, socket: files.socket } }) })
    return EXIT.done
  }
  const shown =
    keyPath === undefined
      ? `\nThe key of its agents is shown this once. Keep it in a file that only they can read:\n\n${key.privateKeyPem}`
      : `The key of its agents is in ${keyPath}, readable by you only. It cannot be shown again.\n`
  await writeText(context.stdout, `Registered cluster ${cleanText(cluster.name)} (${cluster.id}).\n${shown}\n${nextSteps(registered, files, options)}`)
  return EXIT.done
}

/** Registers it. */
export async function register(context: Context, options: RegisterOptions, name: string): Promise<Registered> {
  const { client } = await connect(context, options)
  const { platform, realm } = options
  return await ask(
    client.registerCluster({ body: { name, platform, ...trustDomainQuery(options), ...(realm === undefined ? {} : { realm }) }, signal: context.signal }),
  )
}

function nextSteps({ cluster, key, connection }: Registered, files: AgentFiles | undefined, options: RegisterOptions): string {
  if (files !== undefined) {
    return [
      'Run its agent:',
      '',
      `  npx spirl-agent --config ${shellWord(files.config)}`,
      '',
      'Then get an identity:',
      '',
      `  npx spirlctl svid fetch x509 --socket ${shellWord(files.socket)}`,
      '',
    ].join('\n')
  }
  if (cluster.platform !== 'linux')
    return `Deploy its agents: docs/mint/quick-start.md. To register a cluster and get its Helm values in one step: spirlctl cluster add\n`
  const file = options.keyOut ?? 'key.pem'
  const roots = connection.rootsPem === undefined ? '' : ' SPIRL_ENDPOINT_SUPPLEMENTAL_ROOTS_FILE=roots.pem'
  return [
    'Run its agent on this machine:',
    '',
    ...(connection.rootsPem === undefined ? [] : ['  npx spirlctl bundle get --format pem > roots.pem']),
    `  SPIRL_PLATFORM=linux SPIRL_ENDPOINT=${connection.endpoint ?? 'HOST:PORT'}${roots} SPIRL_AUTH_KEY_ID=${key.id} SPIRL_AUTH_KEY_FILE=${shellWord(file)} npx spirl-agent`,
    '',
  ].join('\n')
}

function unknownEndpoint(name: string): UserError {
  return new UserError(
    'endpoint-unknown',
    `Cluster ${name} is registered, but this control plane does not know where agents dial its trust domain.`,
    `Delete it and register it without --out-dir: spirlctl cluster disable ${name} --yes, then spirlctl cluster delete ${name} --yes`,
  )
}

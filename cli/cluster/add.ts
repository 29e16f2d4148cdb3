import { createNewFile, requireNewFiles } from '../files/new-files.ts'
import { writeText, type Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printJson } from '../program/rows.ts'
import { isLoopback } from '../server/address.ts'
import type { RegisterOptions } from './options.ts'
import { register, type Registered } from './register.ts'

/** Name of the Kubernetes Secret that holds the key when it is not among the values. */
const SECRET_NAME = 'spirl-agent-key'

/** `spirlctl cluster add NAME`: registers it, and prints the values that deploy its agents. */
export async function addCluster(context: Context, options: RegisterOptions, name: string): Promise<number> {
  if (options.keyOut !== undefined) await requireNewFiles([options.keyOut])
  const registered = await register(context, options, name)
  if (options.keyOut !== undefined) await createNewFile(options.keyOut, registered.key.privateKeyPem)
  const values = helmValues(registered, options.keyOut)
  if (options.o === 'json') {
    await printJson(context, { cluster: registered.cluster, version: registered.version, values })
    return EXIT.done
  }
  await writeText(context.stdout, values)
  await writeText(context.stderr, nextSteps(registered, options))
  return EXIT.done
}

/** The values, in the words of chart spirl-system. A key in a file goes into a Secret instead. */
export function helmValues({ cluster, key, connection }: Registered, keyFile: string | undefined): string {
  const indent = (text: string, spaces: number): string[] =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => `${' '.repeat(spaces)}${line}`)
  return [
    `# Values of chart spirl-system for cluster ${cluster.name}.`,
    `platform: ${cluster.platform}`,
    'agent:',
    '  endpoint:',
    `    endpoint: ${JSON.stringify(connection.endpoint ?? '')}`,
    ...(connection.rootsPem === undefined ? [] : ['    supplementalRootsPEM: |', ...indent(connection.rootsPem, 6)]),
    ...(connection.usesTls ? [] : ['  env:', '    - name: SPIRL_ENDPOINT_ENABLE_TLS', '      value: "false"']),
    '  auth:',
    `    clusterId: ${cluster.id}`,
    ...(keyFile === undefined
      ? ['    key:', `      id: ${key.id}`, '      pem: |', ...indent(key.privateKeyPem, 8)]
      : [`    suppliedSecretName: ${SECRET_NAME}`]),
    '',
  ].join('\n')
}

function nextSteps({ cluster, key, connection }: Registered, { keyOut }: RegisterOptions): string {
  const secret =
    keyOut === undefined
      ? ['The values hold the key of its agents, which is shown this once. Keep the file private.']
      : [
          `The key of its agents is in ${keyOut}. Give it to the cluster as a Secret:`,
          '',
          `  kubectl -n spirl-system create secret generic ${SECRET_NAME} --from-literal=id=${key.id} --from-file=pem=${keyOut}`,
        ]
  return [
    `Registered cluster ${cluster.name} (${cluster.id}).`,
    ...secret,
    '',
    'spirlctl does not touch the cluster. Pass the values to Helm:',
    '',
    '  helm upgrade --install --namespace spirl-system --create-namespace --values values.yaml spirl-system CHART',
    '',
    ...(isLoopbackEndpoint(connection.endpoint)
      ? [
          `Agents in a cluster cannot reach ${connection.endpoint}: start the control plane with MINTMARK_AGENT_LISTEN and MINTMARK_AGENT_NAMES, and correct the endpoint.`,
          '',
        ]
      : []),
    'With attestor k8s_token no key is needed: set agent.auth.attestors to [{type: k8s_token}] and the section AgentAttestation (docs/mint/attestation.md).',
    '',
  ].join('\n')
}

function isLoopbackEndpoint(endpoint: string | undefined): endpoint is string {
  return endpoint !== undefined && URL.canParse(`tcp://${endpoint}`) && isLoopback(new URL(`tcp://${endpoint}`).hostname)
}

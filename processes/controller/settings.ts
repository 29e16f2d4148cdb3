import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { UserError } from '@mintmark/ledger/model'
import {
  type ControllerSettings,
  DEFAULT_NAMESPACE_SELECTOR,
  DEFAULT_OBJECT_SELECTOR,
  type InjectionPlatform,
  injectionSettings,
} from '@mintmark/mint/controller'
import { parse } from 'yaml'
import { z } from 'zod'

/** Bytes of a settings file. */
const FILE_BYTES_MAX = 64 * 1024

const LabelSelector = z.strictObject({
  matchLabels: z.record(z.string(), z.string()).optional(),
  matchExpressions: z.array(z.strictObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).optional() })).optional(),
})

/** The settings file: YAML, in the words of the chart's values. Everything has a default. */
const ControllerFile = z.strictObject({
  platform: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['k8s', 'istio', 'eks', 'eks-istio']))
    .default('k8s'),
  webhook: z
    .strictObject({
      namespaceSelector: LabelSelector.optional(),
      objectSelector: LabelSelector.optional(),
      failurePolicy: z
        .enum(['Ignore', 'Fail'])
        .default('Ignore')
        .describe('Ignore: pods start without the socket while no controller answers; Fail: they wait'),
      configurationName: z.string().min(1).max(253).default('spirl-controller'),
      /** Instead of the service: an address that the API server reaches, for controllers outside of the cluster. */
      url: z.url({ protocol: /^https$/ }).optional(),
    })
    .prefault({}),
  service: z
    .strictObject({ name: z.string().default('spirl-controller'), namespace: z.string().optional(), port: z.number().int().min(1).max(65_535).default(443) })
    .prefault({}),
  listen: z.strictObject({ host: z.string().default('0.0.0.0'), port: z.number().int().min(0).max(65_535).default(9443) }).prefault({}),
  socket: z
    .strictObject({ volumeName: z.string(), mountPath: z.string().startsWith('/'), fileName: z.string(), setEndpointVariable: z.boolean() })
    .partial()
    .prefault({}),
})

/** What the process runs with. */
export interface ControllerProcessSettings {
  readonly controller: ControllerSettings
  /** Absent: the pod's own ServiceAccount. */
  readonly kubeconfig?: string
}

/** Reads the command line and the settings file. @throws UserError */
export function readControllerSettings(arguments_: readonly string[], ownNamespace: string): ControllerProcessSettings {
  const { values } = parseArgs({ args: [...arguments_], options: { config: { type: 'string' }, kubeconfig: { type: 'string' } }, strict: true })
  const file = readFile(values.config)
  const { webhook, service, listen, socket } = file
  const defaults = injectionSettings(file.platform satisfies InjectionPlatform)
  const namespace = service.namespace ?? ownNamespace
  const address = webhook.url === undefined ? { service: { namespace, name: service.name, port: service.port } } : { url: webhook.url.replace(/\/+$/, '') }
  const names =
    webhook.url === undefined ? [`${service.name}.${namespace}.svc`, `${service.name}.${namespace}.svc.cluster.local`] : [new URL(webhook.url).hostname]
  return {
    ...(values.kubeconfig !== undefined && { kubeconfig: values.kubeconfig }),
    controller: {
      host: listen.host,
      port: listen.port,
      injection: {
        volumeName: socket.volumeName ?? defaults.volumeName,
        mountPath: socket.mountPath ?? defaults.mountPath,
        socketFileName: socket.fileName ?? defaults.socketFileName,
        setsEndpointVariable: socket.setEndpointVariable ?? defaults.setsEndpointVariable,
      },
      registration: {
        name: webhook.configurationName,
        address,
        namespaceSelector: webhook.namespaceSelector === undefined ? DEFAULT_NAMESPACE_SELECTOR : withoutAbsent(webhook.namespaceSelector),
        objectSelector: webhook.objectSelector === undefined ? DEFAULT_OBJECT_SELECTOR : withoutAbsent(webhook.objectSelector),
        failure: webhook.failurePolicy === 'Fail' ? 'closed' : 'open',
      },
      names,
      secret: { namespace, name: `${webhook.configurationName}-webhook` },
    },
  }
}

function readFile(path: string | undefined): z.infer<typeof ControllerFile> {
  if (path === undefined) return ControllerFile.parse({})
  const text = readText(path)
  const parsed = ControllerFile.safeParse(parse(text) ?? {})
  if (parsed.success) return parsed.data
  throw new UserError(
    'controller-settings',
    `The settings file ${path} is not right:\n${z.prettifyError(parsed.error)}`,
    'Correct the fields named above; every field has a default and may be left out.',
  )
}

function readText(path: string): string {
  try {
    const text = readFileSync(path, 'utf8')
    if (text.length <= FILE_BYTES_MAX) return text
  } catch (cause) {
    throw new UserError('controller-settings', `The settings file ${path} cannot be read.`, 'Name a file that exists with --config, or leave the flag out.', {
      cause,
    })
  }
  throw new UserError('controller-settings', `The settings file ${path} is larger than ${FILE_BYTES_MAX} bytes.`, 'Name the right file with --config.')
}

/** Drops fields that are there but undefined. */
function withoutAbsent(selector: z.infer<typeof LabelSelector>): ControllerSettings['registration']['objectSelector'] {
  const expressions = selector.matchExpressions?.map(({ key, operator, values }) => ({ key, operator, ...(values !== undefined && { values }) }))
  return {
    ...(selector.matchLabels !== undefined && { matchLabels: selector.matchLabels }),
    ...(expressions !== undefined && { matchExpressions: expressions }),
  }
}

import type { Entry, EntryContext, EntryOrigin } from '@mintmark/ledger/detection'
import { type Json, type JsonObject, child, listChild } from './generator/index.ts'

/** Entries that are judged together, and the field path of each. */
export interface EntryGroup {
  readonly object: { readonly kind: string; readonly namespace: string; readonly name: string }
  readonly entries: readonly Entry[]
  readonly paths: readonly string[]
  readonly context: EntryContext
}

const textOf = (node: Json | undefined): string => (typeof node === 'string' ? node : '')

class Group {
  readonly entries: Entry[] = []
  readonly paths: string[] = []

  add(origin: EntryOrigin, key: string, value: Json | undefined, path: string, form: Entry['form'] = 'text', aliases: readonly string[] = []): void {
    if (typeof value !== 'string' || value === '') return
    this.entries.push({ key, value, form, origin, aliases })
    this.paths.push(path)
  }
}

function handler(group: Group, origin: EntryOrigin, node: Json | undefined, path: string): void {
  listChild(child(node, 'exec'), 'command').forEach((value, index) => group.add(origin, '', value, `${path}.exec.command[${index}]`))
  listChild(child(node, 'httpGet'), 'httpHeaders').forEach((header, index) =>
    group.add(origin, textOf(child(header, 'name')), child(header, 'value'), `${path}.httpGet.httpHeaders[${index}].value`),
  )
}

function containerGroups(container: Json, path: string): Group[] {
  const environment = new Group()
  listChild(container, 'env').forEach((variable, index) =>
    environment.add('env', textOf(child(variable, 'name')), child(variable, 'value'), `${path}.env[${index}].value`),
  )
  const command = new Group()
  for (const list of ['command', 'args']) listChild(container, list).forEach((value, index) => command.add('argument', '', value, `${path}.${list}[${index}]`))
  const probes = new Group()
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) handler(probes, 'probe', child(container, name), `${path}.${name}`)
  const lifecycle = new Group()
  for (const name of ['postStart', 'preStop']) handler(lifecycle, 'lifecycle', child(child(container, 'lifecycle'), name), `${path}.lifecycle.${name}`)
  return [environment, command, probes, lifecycle]
}

/** The detector's groups of one API object: a stand-in for the connector where only detection is scored. */
export function extractGroups(object: JsonObject): EntryGroup[] {
  const kind = textOf(object['kind'])
  const metadata = object['metadata']
  const reference = { kind, namespace: textOf(child(metadata, 'namespace')), name: textOf(child(metadata, 'name')) }
  const groups: { group: Group; context: EntryContext }[] = []
  const annotations = new Group()
  for (const [key, value] of Object.entries(child(metadata, 'annotations') ?? {})) annotations.add('annotation', key, value, `metadata.annotations[${key}]`)
  groups.push({ group: annotations, context: { images: [] } })
  if (kind === 'Secret' || kind === 'ConfigMap') {
    const data = new Group()
    const origin: EntryOrigin = kind === 'Secret' ? 'secret' : 'configmap'
    for (const [key, value] of Object.entries(object['data'] ?? {})) data.add(origin, key, value, `data[${key}]`, kind === 'Secret' ? 'base64' : 'text')
    for (const [key, value] of Object.entries(object['binaryData'] ?? {})) data.add(origin, key, value, `binaryData[${key}]`, 'base64')
    const secretType = textOf(object['type'])
    groups.push({ group: data, context: { images: [], ...(secretType === '' ? {} : { secretType }) } })
  }
  const [template, at] =
    kind === 'CronJob'
      ? [child(child(child(object['spec'], 'jobTemplate'), 'spec'), 'template'), 'spec.jobTemplate.spec.template.spec']
      : [child(object['spec'], 'template'), 'spec.template.spec']
  for (const list of ['initContainers', 'containers']) {
    listChild(child(template, 'spec'), list).forEach((container, index) => {
      const context = { images: [textOf(child(container, 'image'))] }
      for (const group of containerGroups(container, `${at}.${list}[${index}]`)) groups.push({ group, context })
    })
  }
  return groups
    .filter(({ group }) => group.entries.length > 0)
    .map(({ group, context }) => ({ object: reference, entries: group.entries, paths: group.paths, context }))
}

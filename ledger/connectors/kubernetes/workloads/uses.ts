import { fieldsOf, isFields, listOf, optionalText, textOf } from '../objects/fields.ts'
import type { Fields } from '../objects/fields.ts'
import { formatPath } from '../objects/path.ts'
import type { FieldPath } from '../objects/path.ts'
import type { ValueSource, VariableSource } from './environment.ts'
import type { Container, PodTemplate } from './pod-template.ts'

/** An edge from a container to an object or to one key of it, before it is known what the object holds. */
export interface Use {
  readonly container: string
  readonly kind: 'Secret' | 'ConfigMap'
  readonly name: string
  /** Absent: every key. */
  readonly key?: string
  readonly via: 'env' | 'envFrom' | 'volume' | 'imagePullSecret' | 'volumeSecretRef'
  /** The environment variable; of envFrom the prefix. */
  readonly variable?: string
  readonly mountPath?: string
  /** File name under which a key is mounted, when it differs from the key. */
  readonly fileName?: string
  /** Why the container never sees it. */
  readonly overridden?: string
  readonly optional: boolean
  readonly evidence: string
  /** Of envFrom: what decides which of its keys the container sees. */
  readonly order?: {
    readonly later: readonly VariableSource[]
    /** Names of all env entries of the container. */
    readonly variables: readonly string[]
  }
}

/** Edges of one workload beyond this are not kept; the caller reports the cut. */
export const USES_MAX = 5_000

/** All static edges of a pod template: environment, volumes, pull secrets and the secrets that volume drivers ask for. */
export function findUses(template: PodTemplate): readonly Use[] {
  const uses = [...template.containers.flatMap(environmentUses), ...volumeUses(template), ...pullSecretUses(template)]
  return uses.slice(0, USES_MAX)
}

function environmentUses(container: Container): Use[] {
  const { environment } = container
  const uses: Use[] = []
  for (const { index, name, source, replacedBy } of environment.variables) {
    if (source === undefined) continue
    const field = source.kind === 'Secret' ? 'secretKeyRef' : 'configMapKeyRef'
    uses.push({
      ...target(source),
      container: container.name,
      key: source.key,
      via: 'env',
      variable: name,
      ...(replacedBy === undefined ? {} : { overridden: `env[${replacedBy}] sets ${name} again, and the last entry counts` }),
      evidence: formatPath([...container.path, 'env', { index, name }, 'valueFrom', field]),
    })
  }
  const variables = environment.variables.map((variable) => variable.name)
  for (const source of environment.sources) {
    const later = environment.sources.filter((other) => other.index > source.index)
    uses.push({
      ...target(source),
      container: container.name,
      via: 'envFrom',
      ...(source.prefix === '' ? {} : { variable: source.prefix }),
      order: { later, variables },
      evidence: formatPath([...container.path, 'envFrom', { index: source.index }, source.kind === 'Secret' ? 'secretRef' : 'configMapRef']),
    })
  }
  return uses
}

function target(source: ValueSource): Pick<Use, 'kind' | 'name' | 'optional'> {
  return { kind: source.kind, name: source.name, optional: source.optional }
}

/** A Secret or ConfigMap inside a volume, with the keys it puts into files. */
interface Mounted {
  readonly source: ValueSource
  /** Key and file; absent: every key under its own name. */
  readonly items: readonly { readonly key: string; readonly path: string }[] | undefined
  readonly path: FieldPath
}

function volumeUses(template: PodTemplate): Use[] {
  const uses: Use[] = []
  const mounts = readMounts(template)
  for (const [index, volume] of listOf(template.spec['volumes']).entries()) {
    if (!isFields(volume)) continue
    const path: FieldPath = [...template.specPath, 'volumes', { index, name: textOf(volume['name']) }]
    uses.push(...driverUses(volume, path))
    const users = mounts.get(textOf(volume['name'])) ?? []
    for (const mounted of readMounted(volume, path)) {
      if (users.length === 0) uses.push(...mountUses(mounted, undefined))
      for (const mount of users) uses.push(...mountUses(mounted, mount))
    }
  }
  return uses
}

interface Mount {
  readonly container: string
  readonly mountPath: string
  readonly subPath: string | undefined
}

function readMounts(template: PodTemplate): ReadonlyMap<string, readonly Mount[]> {
  const mounts = new Map<string, Mount[]>()
  for (const container of template.containers) {
    for (const mount of listOf(container.fields['volumeMounts'])) {
      if (!isFields(mount)) continue
      const volume = textOf(mount['name'])
      const list = mounts.get(volume) ?? []
      list.push({ container: container.name, mountPath: textOf(mount['mountPath']).slice(0, 1_024), subPath: optionalText(mount['subPath']) })
      mounts.set(volume, list)
    }
  }
  return mounts
}

function readMounted(volume: Fields, path: FieldPath): Mounted[] {
  const mounted: Mounted[] = []
  const add = (holder: Fields, nameOfSecret: string, place: FieldPath): void => {
    for (const [field, kind, nameField] of [
      ['secret', 'Secret', nameOfSecret],
      ['configMap', 'ConfigMap', 'name'],
    ] as const) {
      const source = holder[field]
      if (!isFields(source)) continue
      const name = optionalText(source[nameField])
      if (name === undefined) continue
      const items = listOf(source['items']).filter(isFields)
      mounted.push({
        source: { kind, name, optional: source['optional'] === true },
        items: items.length === 0 ? undefined : items.map((item) => ({ key: textOf(item['key']), path: textOf(item['path']) })),
        path: [...place, field],
      })
    }
  }
  add(volume, 'secretName', path)
  for (const [index, source] of listOf(fieldsOf(volume['projected'])['sources']).entries()) {
    if (isFields(source)) add(source, 'name', [...path, 'projected', 'sources', { index }])
  }
  return mounted
}

/** @param mount undefined when no container mounts the volume */
function mountUses({ source, items, path }: Mounted, mount: Mount | undefined): Use[] {
  const use = {
    ...target(source),
    container: mount?.container ?? '',
    via: 'volume',
    ...(mount === undefined ? { overridden: 'No container mounts the volume' } : { mountPath: mount.mountPath }),
    evidence: formatPath(path),
  } as const
  const subPath = mount?.subPath?.replace(/\/+$/, '')
  if (items === undefined) {
    // Without items a file has the name of its key, so a subPath picks one key.
    return [subPath === undefined || subPath.includes('/') ? use : { ...use, key: subPath }]
  }
  const chosen = subPath === undefined ? items : items.filter((item) => item.path === subPath || item.path.startsWith(`${subPath}/`))
  return chosen.map(({ key, path: file }) => {
    const fileName = file.slice(file.lastIndexOf('/') + 1)
    return { ...use, key, ...(fileName === key || fileName === '' ? {} : { fileName }) }
  })
}

/** Volume drivers that take a Secret themselves: the driver of the volume, then the field that holds the reference, then the field of the name. */
const DRIVER_REFERENCES = [
  ['csi', 'nodePublishSecretRef'],
  ['rbd', 'secretRef'],
  ['cephfs', 'secretRef'],
  ['iscsi', 'secretRef'],
  ['flexVolume', 'secretRef'],
  ['scaleIO', 'secretRef'],
  ['storageos', 'secretRef'],
] as const

function driverUses(volume: Fields, path: FieldPath): Use[] {
  const uses: Use[] = []
  const add = (name: string | undefined, place: FieldPath): void => {
    if (name !== undefined) uses.push({ kind: 'Secret', name, container: '', via: 'volumeSecretRef', optional: false, evidence: formatPath(place) })
  }
  for (const [driver, field] of DRIVER_REFERENCES) {
    add(optionalText(fieldsOf(fieldsOf(volume[driver])[field])['name']), [...path, driver, field])
  }
  add(optionalText(fieldsOf(volume['azureFile'])['secretName']), [...path, 'azureFile', 'secretName'])
  return uses
}

function pullSecretUses(template: PodTemplate): Use[] {
  const uses: Use[] = []
  for (const [index, reference] of listOf(template.spec['imagePullSecrets']).entries()) {
    const name = optionalText(fieldsOf(reference)['name'])
    if (name === undefined) continue
    const evidence = formatPath([...template.specPath, 'imagePullSecrets', { index }])
    // The kubelet pulls without a secret that is missing.
    uses.push({ kind: 'Secret', name, container: '', via: 'imagePullSecret', optional: true, evidence })
  }
  return uses
}

import { fieldsAt, fieldsOf, isFields, listOf, optionalText, textOf } from '../objects/fields.ts'
import type { Fields } from '../objects/fields.ts'
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
  const uses: Use[] = []
  for (const container of template.containers) environmentUses(container, uses)
  volumeUses(template, uses)
  pullSecretUses(template, uses)
  return uses.length > USES_MAX ? uses.slice(0, USES_MAX) : uses
}

function environmentUses(container: Container, uses: Use[]): void {
  const { environment } = container
  for (const { index, name, source, replacedBy } of environment.variables) {
    if (source === undefined) continue
    const field = source.kind === 'Secret' ? 'secretKeyRef' : 'configMapKeyRef'
    uses.push({
      container: container.name,
      kind: source.kind,
      name: source.name,
      key: source.key,
      via: 'env',
      variable: name,
      ...(replacedBy === undefined ? {} : { overridden: `env[${replacedBy}] sets ${name} again, and the last entry counts` }),
      optional: source.optional,
      evidence: `${container.place}.env[${index}].valueFrom.${field}`,
    })
  }
  if (environment.sources.length === 0) return
  const variables = environment.variables.map((variable) => variable.name)
  for (const source of environment.sources) {
    const later = environment.sources.filter((other) => other.index > source.index)
    uses.push({
      ...target(source),
      container: container.name,
      via: 'envFrom',
      ...(source.prefix === '' ? {} : { variable: source.prefix }),
      order: { later, variables },
      evidence: `${container.place}.envFrom[${source.index}].${source.kind === 'Secret' ? 'secretRef' : 'configMapRef'}`,
    })
  }
}

function target(source: ValueSource): Pick<Use, 'kind' | 'name' | 'optional'> {
  return { kind: source.kind, name: source.name, optional: source.optional }
}

/** A Secret or ConfigMap inside a volume, with the keys it puts into files. */
interface Mounted {
  readonly source: ValueSource
  /** Key and file; absent: every key under its own name. */
  readonly items: readonly { readonly key: string; readonly path: string }[] | undefined
  /** Where it stands, as Kubernetes writes it. */
  readonly place: string
}

function volumeUses(template: PodTemplate, uses: Use[]): void {
  const volumes = listOf(template.spec['volumes'])
  if (volumes.length === 0) return
  const mounts = readMounts(template)
  for (const [index, volume] of volumes.entries()) {
    if (!isFields(volume)) continue
    const place = `${template.place}.volumes[${index}]`
    driverUses(volume, place, uses)
    const users = mounts.get(textOf(volume['name'])) ?? []
    for (const mounted of readMounted(volume, place)) {
      if (users.length === 0) uses.push(...mountUses(mounted, undefined))
      for (const mount of users) uses.push(...mountUses(mounted, mount))
    }
  }
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

function readMounted(volume: Fields, place: string): Mounted[] {
  const mounted: Mounted[] = []
  addMounted(mounted, volume, 'secretName', place)
  const projected = volume['projected']
  if (!isFields(projected)) return mounted
  for (const [index, source] of listOf(projected['sources']).entries()) {
    if (isFields(source)) addMounted(mounted, source, 'name', `${place}.projected.sources[${index}]`)
  }
  return mounted
}

function addMounted(mounted: Mounted[], holder: Fields, nameOfSecret: string, place: string): void {
  const add = (kind: ValueSource['kind'], source: unknown, nameField: string, field: string): void => {
    if (!isFields(source)) return
    const name = optionalText(source[nameField])
    if (name === undefined) return
    const items = listOf(source['items']).filter(isFields)
    mounted.push({
      source: { kind, name, optional: source['optional'] === true },
      items: items.length === 0 ? undefined : items.map((item) => ({ key: textOf(item['key']), path: textOf(item['path']) })),
      place: `${place}.${field}`,
    })
  }
  add('Secret', holder['secret'], nameOfSecret, 'secret')
  add('ConfigMap', holder['configMap'], 'name', 'configMap')
}

/** @param mount undefined when no container mounts the volume */
function mountUses({ source, items, place }: Mounted, mount: Mount | undefined): Use[] {
  const use = {
    ...target(source),
    container: mount?.container ?? '',
    via: 'volume',
    ...(mount === undefined ? { overridden: 'No container mounts the volume' } : { mountPath: mount.mountPath }),
    evidence: place,
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

/** Volume drivers that take a Secret themselves, with the field that refers to it. */
const DRIVER_REFERENCES: ReadonlyMap<string, string> = new Map([
  ['csi', 'nodePublishSecretRef'],
  ['rbd', 'secretRef'],
  ['cephfs', 'secretRef'],
  ['iscsi', 'secretRef'],
  ['flexVolume', 'secretRef'],
  ['scaleIO', 'secretRef'],
  ['storageos', 'secretRef'],
])

function driverUses(volume: Fields, place: string, uses: Use[]): void {
  const add = (name: string | undefined, evidence: string): void => {
    if (name !== undefined) uses.push({ kind: 'Secret', name, container: '', via: 'volumeSecretRef', optional: false, evidence })
  }
  // A volume has a name and one driver.
  for (const driver of Object.keys(volume)) {
    const field = DRIVER_REFERENCES.get(driver)
    if (field !== undefined) add(optionalText(fieldsAt(volume, driver, field)['name']), `${place}.${driver}.${field}`)
    else if (driver === 'azureFile') add(optionalText(fieldsOf(volume[driver])['secretName']), `${place}.azureFile.secretName`)
  }
}

function pullSecretUses(template: PodTemplate, uses: Use[]): void {
  for (const [index, reference] of listOf(template.spec['imagePullSecrets']).entries()) {
    const name = optionalText(fieldsOf(reference)['name'])
    if (name === undefined) continue
    // The kubelet pulls without a secret that is missing.
    uses.push({ kind: 'Secret', name, container: '', via: 'imagePullSecret', optional: true, evidence: `${template.place}.imagePullSecrets[${index}]` })
  }
}

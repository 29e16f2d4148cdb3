import type { Container, Pod } from './pod.ts'
import { CSI_DRIVER, ENDPOINT_VARIABLE, type InjectionSettings } from './settings.ts'

/** One step of a JSON patch (RFC 6902). Injection only ever adds. */
export interface PatchOperation {
  readonly op: 'add'
  readonly path: string
  readonly value: unknown
}

/** What to change in a pod, and what its author should know; warnings are shown by kubectl. */
export interface Injection {
  readonly patch: readonly PatchOperation[]
  readonly warnings: readonly string[]
}

const LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const

/**
 * The patch that gives every container of a pod the agent's socket: containers, init containers (sidecars are init containers that restart)
 * and ephemeral ones. Applying it twice changes nothing, so that API servers may call again after other webhooks added containers.
 *
 * A volume cannot be added to a pod that exists: for ephemeral containers of such a pod only mounts are added, and only when the volume is there.
 *
 * @param podExists true when ephemeral containers are added to a running pod
 */
export function injectSocket(pod: Pod, settings: InjectionSettings, podExists = false): Injection {
  if (runsOnWindows(pod)) return { patch: [], warnings: ['the SPIFFE socket was not added: the CSI driver serves Linux nodes only'] }
  const volumes = pod.spec.volumes ?? []
  const present = volumes.find((volume) => volume.csi?.driver === CSI_DRIVER)
  if (podExists && present === undefined) return { patch: [], warnings: ['the SPIFFE socket was not added: the pod was created without its volume'] }
  const volumeName = present?.name ?? freeName(settings.volumeName, new Set(volumes.map((volume) => volume.name)))

  const patch: PatchOperation[] = []
  const warnings: string[] = []
  if (present === undefined) {
    const volume = { name: volumeName, csi: { driver: CSI_DRIVER, readOnly: true } }
    patch.push(addToList('/spec/volumes', pod.spec.volumes, volume))
  }
  for (const list of podExists ? (['ephemeralContainers'] as const) : LISTS) {
    for (const [index, container] of (pod.spec[list] ?? []).entries()) {
      patch.push(...patchContainer(container, `/spec/${list}/${index}`, volumeName, settings, warnings))
    }
  }
  return { patch, warnings }
}

function patchContainer(container: Container, path: string, volumeName: string, settings: InjectionSettings, warnings: string[]): readonly PatchOperation[] {
  const patch: PatchOperation[] = []
  const mounted = (container.volumeMounts ?? []).find((mount) => mount.name === volumeName)
  const inTheWay = (container.volumeMounts ?? []).find((mount) => trimSlash(mount.mountPath) === settings.mountPath && mount.name !== volumeName)
  if (inTheWay !== undefined) {
    warnings.push(`container ${container.name} has the volume ${inTheWay.name} at ${settings.mountPath}; the SPIFFE socket was not added to it`)
    return patch
  }
  if (mounted === undefined) {
    const mount = { name: volumeName, mountPath: settings.mountPath, readOnly: true }
    patch.push(addToList(`${path}/volumeMounts`, container.volumeMounts, mount))
  }
  const hasVariable = (container.env ?? []).some((variable) => variable.name === ENDPOINT_VARIABLE)
  if (settings.setsEndpointVariable && !hasVariable) {
    // Where the author mounted the volume elsewhere, the variable follows the author's place.
    const folder = trimSlash(mounted?.mountPath ?? settings.mountPath)
    const variable = { name: ENDPOINT_VARIABLE, value: `unix://${folder}/${settings.socketFileName}` }
    patch.push(addToList(`${path}/env`, container.env, variable))
  }
  return patch
}

/** Adds at the end of a list that may not be there yet, so that the places of others stay. */
function addToList(path: string, list: readonly unknown[] | null | undefined, value: unknown): PatchOperation {
  return list === undefined || list === null ? { op: 'add', path, value: [value] } : { op: 'add', path: `${path}/-`, value }
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted
  let number = 2
  while (taken.has(`${wanted}-${number}`)) number += 1
  return `${wanted}-${number}`
}

function runsOnWindows(pod: Pod): boolean {
  return pod.spec.os?.name === 'windows' || pod.spec.nodeSelector?.['kubernetes.io/os'] === 'windows'
}

function trimSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

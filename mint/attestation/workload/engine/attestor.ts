import { attributeName } from '../../attribute-name.ts'
import { AttestationError, type Attributes, type WorkloadAttestor } from '../../model.ts'
import { findContainer } from '../container/container.ts'
import type { ProcessFiles } from '../process-files.ts'
import { openEngine, type Engine, type EngineContainer } from './engine.ts'

/** Which engines are asked. */
export interface DockerSettings {
  readonly dockerSocketPath?: string | undefined
  /** Of the rootful Podman. An engine of a user's own is never asked: it would say whatever that user wants. */
  readonly podmanSocketPath?: string | undefined
  /** Variables whose names begin so become attributes; none by default, because environments often hold secrets. */
  readonly includeEnvVars?: readonly string[] | undefined
}

const DOCKER_SOCKET = 'unix:///var/run/docker.sock'
const PODMAN_SOCKET = 'unix:///run/podman/podman.sock'

/** The container of a process, by the id in its cgroup and what the engine that has it says. */
export function createDockerAttestor(settings: DockerSettings, parts: { readonly files: ProcessFiles }): WorkloadAttestor {
  const engines = [openEngine(settings.dockerSocketPath ?? DOCKER_SOCKET), openEngine(settings.podmanSocketPath ?? PODMAN_SOCKET)]
  return {
    type: 'docker',
    async attest({ peer, signal }): Promise<Attributes> {
      const reference = findContainer(parts.files, peer.pid)
      if (reference === undefined) return new Map()
      const { containerId, enclosing } = reference
      const container = await inspect(engines, containerId, signal)
      if (container === undefined) return new Map()
      for (const outer of enclosing) {
        if ((await inspect(engines, outer, signal)) !== undefined) {
          throw new AttestationError('FAILED_PRECONDITION', 'The cgroup of the process lies inside another container of the same engine.')
        }
      }
      return containerAttributes(container, settings.includeEnvVars ?? [])
    },
  }
}

/** The first engine that has it. An engine that is not installed has none; one that is there and fails is a failure. */
async function inspect(engines: readonly Engine[], containerId: string, signal: AbortSignal): Promise<EngineContainer | undefined> {
  for (const engine of engines) {
    const container = await engine.inspect(containerId, signal)
    if (container !== undefined) return container
  }
  return undefined
}

function containerAttributes(container: EngineContainer, environmentPrefixes: readonly string[]): Attributes {
  const attributes = new Map<string, string>()
  function set(value: string | undefined, ...segments: readonly string[]): void {
    if (value !== undefined) attributes.set(attributeName('docker', 'container', ...segments), value)
  }
  set(container.name, 'name')
  set(container.image, 'image', 'name')
  set(container.imageId, 'image', 'id')
  for (const [key, value] of container.labels) set(value, 'label', key)
  for (const [name, value] of container.environment) {
    if (environmentPrefixes.some((prefix) => prefix !== '' && name.startsWith(prefix))) set(value, 'env', name)
  }
  return attributes
}

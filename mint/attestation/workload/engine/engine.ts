import { AttestationError } from '../../model.ts'
import { getBounded, type BoundedResponse } from '../bounded-request.ts'
import { objectOf, textOf, textsOf } from '../json.ts'

/** An import of this module would call all of its getters, one of which loads a client for the web with a WebSocket: 6 MB on every node. */
const { get } = process.getBuiltinModule('node:http')

/** What is used of a container. */
export interface EngineContainer {
  readonly name: string | undefined
  readonly image: string | undefined
  readonly imageId: string | undefined
  readonly labels: readonly (readonly [string, string])[]
  readonly environment: readonly (readonly [string, string])[]
}

/** A container engine with Docker's interface, on its Unix socket. */
export interface Engine {
  /** Undefined when it has no such container or is not installed. @throws AttestationError when it is there and does not answer */
  inspect(containerId: string, signal: AbortSignal): Promise<EngineContainer | undefined>
}

const TIMEOUT_MS = 5_000
const ANSWER_BYTES_MAX = 4 * 1024 * 1024
/** There is no socket, or nobody behind it. */
const NOT_INSTALLED: ReadonlySet<unknown> = new Set(['ENOENT', 'ECONNREFUSED'])

/** @param socketPath `unix:///path` or a path */
export function openEngine(socketPath: string): Engine {
  const path = socketPath.replace(/^unix:\/\//, '')
  return {
    async inspect(containerId, signal) {
      const response = await ask(path, containerId, signal)
      if (response === undefined || response.status === 404) return undefined
      const container = response.status === 200 ? parseContainer(response.body.toString('utf8'), containerId) : undefined
      if (container === undefined) throw new AttestationError('UNAVAILABLE', `The container engine at ${path} answered with status ${response.status}.`)
      return container
    },
  }
}

async function ask(socketPath: string, containerId: string, signal: AbortSignal): Promise<BoundedResponse | undefined> {
  try {
    // Without a version in the path the engine answers with its newest; the fields used here are in all of them.
    const options = { socketPath, path: `/containers/${containerId}/json`, headers: { host: 'localhost' }, agent: false } as const
    return await getBounded(get, { ...options, signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) }, ANSWER_BYTES_MAX)
  } catch (error) {
    if (error instanceof Error && 'code' in error && NOT_INSTALLED.has(error.code)) return undefined
    const reason = error instanceof Error ? error.message : String(error)
    throw new AttestationError('UNAVAILABLE', `The container engine at ${socketPath} could not be asked: ${reason}.`, { cause: error })
  }
}

function parseContainer(text: string, containerId: string): EngineContainer | undefined {
  const container = objectOf(parseJson(text))
  // Engines accept prefixes of ids and names; only the very container counts.
  if (container === undefined || container['Id'] !== containerId) return undefined
  const config = objectOf(container['Config'])
  return {
    name: textOf(container['Name'])?.replace(/^\//, ''),
    image: textOf(config?.['Image']),
    imageId: textOf(container['Image']),
    labels: textsOf(config?.['Labels']),
    environment: environmentOf(config?.['Env']),
  }
}

function environmentOf(value: unknown): readonly (readonly [string, string])[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((entry: unknown) => {
    const match = typeof entry === 'string' ? /^([^=]+)=(.*)$/s.exec(entry) : null
    const [, name, text] = match ?? []
    return name === undefined || text === undefined ? [] : [[name, text] as const]
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

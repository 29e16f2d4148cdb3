import { AttestationError } from '../../model.ts'
import type { ProcessFiles } from '../process-files.ts'
import { mountedCgroupPaths, parseCgroupPaths } from './cgroup-paths.ts'

/** The container a process runs in, by its cgroup. */
export interface ContainerReference {
  /** 64 hexadecimal digits, lower case. */
  readonly containerId: string
  /** As the kubelet writes it: a UUID with dashes, or 32 digits for a static pod. Unknown where the runtime leaves it out (CRI-O). */
  readonly podUid: string | undefined
  /** Containers around this one, outermost first: a cluster in a container, or a workload that made cgroups below its own. */
  readonly enclosing: readonly string[]
}

/**
 * Finds the container of a process, or undefined when it runs in none.
 *
 * The cgroup decides; the mount table, which a workload can change by mounting, is asked only when the cgroup says nothing at all,
 * which happens when the agent shares the process's cgroup namespace.
 *
 * @throws AttestationError FAILED_PRECONDITION when the kernel's lines disagree
 */
export function findContainer(files: ProcessFiles, pid: number): ContainerReference | undefined {
  const paths = parseCgroupPaths(files.read(pid, 'cgroup'))
  const container = agree(paths)
  if (container !== undefined || !paths.every(saysNothing)) return container
  return agree(mountedCgroupPaths(files.read(pid, 'mountinfo')))
}

/** `/`, or only a way up from the root of a cgroup namespace. */
function saysNothing(path: string): boolean {
  return path.split('/').every((segment) => segment === '' || segment === '..')
}

/** One container out of the paths of all hierarchies. A path with a pod beats those without; two that disagree are refused. */
function agree(paths: readonly string[]): ContainerReference | undefined {
  const found = paths.flatMap((path) => referenceIn(path) ?? [])
  const withPod = found.filter((reference) => reference.podUid !== undefined)
  const candidates = withPod.length > 0 ? withPod : found
  const [first, ...others] = candidates
  if (first === undefined) return undefined
  for (const other of others) {
    if (other.podUid !== first.podUid) throw conflict('pods')
    if (other.containerId !== first.containerId) throw conflict('containers')
  }
  return first
}

function conflict(what: string): AttestationError {
  return new AttestationError('FAILED_PRECONDITION', `The cgroups of the process name different ${what}.`)
}

const CONTAINER_ID = /\b[0-9a-fA-F]{64}\b/
const POD_UID = /pod([0-9a-fA-F]{8}[-_]?[0-9a-fA-F]{4}[-_]?[0-9a-fA-F]{4}[-_]?[0-9a-fA-F]{4}[-_]?[0-9a-fA-F]{12})(?![0-9a-fA-F])/
/** Below it the names of cgroups are chosen by that user, not by a container runtime of the node. */
const OF_A_USER = /^user@\d+\.service$/

function referenceIn(path: string): ContainerReference | undefined {
  const segments = path.split('/')
  const last = segments.findLastIndex((segment) => CONTAINER_ID.test(segment))
  const segment = segments[last]
  const match = segment === undefined ? null : CONTAINER_ID.exec(segment)
  if (segment === undefined || match === null) return undefined
  const before = segments.slice(0, last)
  if (before.some((name) => OF_A_USER.test(name))) return undefined
  const enclosing = before.flatMap((name) => CONTAINER_ID.exec(name)?.[0].toLowerCase() ?? [])
  return { containerId: match[0].toLowerCase(), podUid: podUidBefore([...before, segment.slice(0, match.index)]), enclosing }
}

/** The nearest one going outwards. */
function podUidBefore(segments: readonly string[]): string | undefined {
  for (const segment of segments.toReversed()) {
    const uid = POD_UID.exec(segment)?.[1]
    if (uid !== undefined) return uid.replaceAll('_', '-').toLowerCase()
  }
  return undefined
}

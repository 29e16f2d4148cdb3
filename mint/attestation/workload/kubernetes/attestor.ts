import { AttestationError, type Attributes, type WorkloadAttestor, type WorkloadContext } from '../../model.ts'
import type { WorkloadClock } from '../clock.ts'
import { findContainer, type ContainerReference } from '../container/container.ts'
import type { ProcessFiles } from '../process-files.ts'
import { podAttributes } from './attributes.ts'
import { KUBELET_INTERVAL_MS, type PodDirectory, type PodSnapshot } from './pod-directory.ts'
import type { Pod, PodContainer } from './pods.ts'

/** How pods are matched. */
export interface KubernetesSettings {
  /** Annotations whose keys begin so become attributes; none by default. */
  readonly includeAnnotationPrefixes?: readonly string[] | undefined
  /** A pod is enough even while its kubelet does not report the container yet, as in a postStart hook. */
  readonly matchPodBeforeContainer?: boolean | undefined
  /** How long a container may be missing from the kubelet's answers. */
  readonly containerWaitSeconds?: number | undefined
  /** An answer of the kubelet that has the container is used again for so long. */
  readonly podListAgeSeconds?: number | undefined
}

const CONTAINER_WAIT_SECONDS = 30
/** A container whose cgroup names no pod may belong to no pod at all; it is not waited for as long. */
const PODLESS_WAIT_SECONDS = 2
const POD_LIST_AGE_SECONDS = 5

/** A process's place in Kubernetes; the container is unknown while a pod is enough. */
interface Place {
  readonly pod: Pod
  readonly container: PodContainer | undefined
}

/** The pod of a process, by the container in its cgroup and what the node's kubelet says of it. */
export function createKubernetesAttestor(
  settings: KubernetesSettings,
  parts: { readonly files: ProcessFiles; readonly directory: PodDirectory; readonly clock: WorkloadClock },
): WorkloadAttestor {
  const { directory, clock } = parts
  const ageMsMax = (settings.podListAgeSeconds ?? POD_LIST_AGE_SECONDS) * 1000

  function placeIn(snapshot: PodSnapshot | undefined, reference: ContainerReference): Place | undefined {
    if (snapshot === undefined) return undefined
    const place = locate(snapshot, reference, settings.matchPodBeforeContainer === true)
    if (place !== undefined) refuseNested(snapshot, reference)
    return place
  }

  async function waitFor(reference: ContainerReference, signal: AbortSignal): Promise<Place | undefined> {
    const waitSeconds = settings.containerWaitSeconds ?? CONTAINER_WAIT_SECONDS
    const deadline = clock.now() + (reference.podUid === undefined ? Math.min(PODLESS_WAIT_SECONDS, waitSeconds) : waitSeconds) * 1000
    for (;;) {
      const place = placeIn(await directory.next(signal), reference)
      if (place !== undefined || clock.now() + KUBELET_INTERVAL_MS > deadline) return place
    }
  }

  return {
    type: 'kubernetes',
    async attest({ peer, signal }: WorkloadContext): Promise<Attributes> {
      const reference = findContainer(parts.files, peer.pid)
      if (reference === undefined) return new Map()
      const place = placeIn(directory.recent(ageMsMax), reference) ?? (await waitFor(reference, signal))
      if (place !== undefined) return podAttributes(place.pod, place.container, settings.includeAnnotationPrefixes ?? [])
      // Without a pod in its cgroup it is a container of somebody else than Kubernetes.
      if (reference.podUid === undefined) return new Map()
      throw new AttestationError('UNAVAILABLE', `The kubelet does not report container ${reference.containerId.slice(0, 12)} of pod ${reference.podUid} yet.`)
    },
  }
}

/** @throws AttestationError when pods claim the same container, or the cgroup and the kubelet name different pods */
function locate(snapshot: PodSnapshot, { containerId, podUid }: ContainerReference, podIsEnough: boolean): Place | undefined {
  const [place, ...others] = snapshot.withContainer(containerId)
  if (others.length > 0) throw new AttestationError('FAILED_PRECONDITION', 'The kubelet reports the container in more than one pod.')
  const pod = podUid === undefined ? undefined : snapshot.pod(podUid)
  if (place === undefined) return podIsEnough && pod !== undefined ? { pod, container: undefined } : undefined
  if (podUid !== undefined && pod !== place.pod) {
    throw new AttestationError('FAILED_PRECONDITION', 'The cgroup of the process names another pod than the kubelet does for its container.')
  }
  return place
}

/**
 * A cluster may run inside a container, but not inside a container of its own kubelet: such a path was made by a workload below
 * its own cgroup, to be taken for another one.
 */
function refuseNested(snapshot: PodSnapshot, { enclosing }: ContainerReference): void {
  if (enclosing.some((containerId) => snapshot.withContainer(containerId).length > 0)) {
    throw new AttestationError('FAILED_PRECONDITION', 'The cgroup of the process lies inside a container of another pod of this node.')
  }
}

import type { WorkloadClock } from '../clock.ts'
import type { FetchPods } from './kubelet.ts'
import type { Pod, PodContainer } from './pods.ts'

/** Pods of the node at one moment. */
export interface PodSnapshot {
  /** When the kubelet was asked, by the clock. */
  readonly askedAt: number
  /** By uid, and static pods by the number in their cgroup, too. */
  pod(uid: string): Pod | undefined
  /** More than one when pods claim the same container: then nobody is believed. */
  withContainer(containerId: string): readonly { readonly pod: Pod; readonly container: PodContainer }[]
}

/** Keeps the last answer of the kubelet. Whoever wants a newer one shares the next request with all others. */
export interface PodDirectory {
  /** The last answer, when it was asked for no longer ago than this. */
  recent(ageMsMax: number): PodSnapshot | undefined
  /** An answer that was asked for after this call. */
  next(signal: AbortSignal): Promise<PodSnapshot>
}

/** Least time between two requests to the kubelet, whoever waits. */
export const KUBELET_INTERVAL_MS = 500

/** A directory over one kubelet. */
export function createPodDirectory(fetchPods: FetchPods, clock: WorkloadClock): PodDirectory {
  let last: PodSnapshot | undefined
  let lastAskedAt = Number.NEGATIVE_INFINITY
  /** Not asked yet: everybody who comes now may share it. */
  let upcoming: Promise<PodSnapshot> | undefined
  let asking: Promise<unknown> = Promise.resolve()
  // Shared by all who wait, so nobody's leaving may end it; the request itself is bounded in time.
  const shared = new AbortController().signal

  async function ask(): Promise<PodSnapshot> {
    await asking
    await clock.wait(Math.max(0, lastAskedAt + KUBELET_INTERVAL_MS - clock.now()), shared)
    const askedAt = clock.now()
    lastAskedAt = askedAt
    upcoming = undefined
    const fetched = fetchPods(shared)
    asking = fetched.catch(() => undefined)
    last = indexPods(await fetched, askedAt)
    return last
  }

  return {
    recent: (ageMsMax) => (last !== undefined && clock.now() - last.askedAt <= ageMsMax ? last : undefined),
    async next(signal) {
      upcoming ??= ask()
      return await unlessAborted(upcoming, signal)
    },
  }
}

async function unlessAborted<Value>(value: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted()
  return await new Promise((resolve, reject) => {
    function abort(): void {
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
    }
    signal.addEventListener('abort', abort, { once: true })
    value.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

function indexPods(pods: readonly Pod[], askedAt: number): PodSnapshot {
  const byUid = new Map<string, Pod>()
  const byContainer = new Map<string, { readonly pod: Pod; readonly container: PodContainer }[]>()
  for (const pod of pods) {
    for (const uid of [pod.configHash, pod.uid]) if (uid !== undefined) byUid.set(plain(uid), pod)
    for (const container of pod.containers) {
      if (container.containerId === undefined) continue
      const holders = byContainer.get(container.containerId) ?? []
      holders.push({ pod, container })
      byContainer.set(container.containerId, holders)
    }
  }
  return {
    askedAt,
    pod: (uid) => byUid.get(plain(uid)),
    withContainer: (containerId) => byContainer.get(containerId) ?? [],
  }
}

/** Cgroups write a uid with dashes, with underscores or with neither. */
function plain(uid: string): string {
  return uid.replaceAll(/[-_]/g, '').toLowerCase()
}

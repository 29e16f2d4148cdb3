import { objectOf, objectsOf, textOf, textsOf } from '../json.ts'

/** A container of a pod as its kubelet reports it. */
export interface PodContainer {
  readonly name: string
  readonly kind: 'container' | 'init' | 'ephemeral'
  /** As the pod names it. */
  readonly image: string | undefined
  /** As the runtime names it, with its digest. */
  readonly imageId: string | undefined
  /** 64 hexadecimal digits; absent while the runtime has not made it yet. */
  readonly containerId: string | undefined
}

/** What attestation uses of a pod. */
export interface Pod {
  readonly uid: string
  /** The kubelet's own number for a static pod, which its cgroup carries; its copy in the API server has another one. */
  readonly configHash: string | undefined
  readonly name: string
  readonly namespace: string
  readonly nodeName: string | undefined
  readonly serviceAccount: string | undefined
  readonly labels: readonly (readonly [string, string])[]
  readonly annotations: readonly (readonly [string, string])[]
  readonly owner: { readonly kind: string; readonly name: string; readonly uid: string } | undefined
  readonly containers: readonly PodContainer[]
}

const CONFIG_HASH = 'kubernetes.io/config.hash'

/** The fields of a v1 PodList that attestation uses. Pods without a uid or a name are left out: nothing can refer to them. */
export function parsePodList(text: string): readonly Pod[] | undefined {
  const list = objectOf(parseJson(text))
  if (list?.['kind'] !== 'PodList') return undefined
  return objectsOf(list['items']).flatMap((pod) => parsePod(pod) ?? [])
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function parsePod(pod: Readonly<Record<string, unknown>>): Pod | undefined {
  const metadata = objectOf(pod['metadata'])
  const spec = objectOf(pod['spec'])
  const [uid, name, namespace] = [textOf(metadata?.['uid']), textOf(metadata?.['name']), textOf(metadata?.['namespace'])]
  if (uid === undefined || name === undefined || namespace === undefined) return undefined
  const annotations = textsOf(metadata?.['annotations'])
  return {
    uid,
    configHash: annotations.find(([key]) => key === CONFIG_HASH)?.[1],
    name,
    namespace,
    nodeName: textOf(spec?.['nodeName']),
    // A static pod has no ServiceAccount; the name of the default one is filled in by the API server only.
    serviceAccount: textOf(spec?.['serviceAccountName']),
    labels: textsOf(metadata?.['labels']),
    annotations,
    owner: ownerOf(metadata?.['ownerReferences']),
    containers: containersOf(spec, objectOf(pod['status'])),
  }
}

/** The one that controls it, else the first. */
function ownerOf(references: unknown): Pod['owner'] {
  const owners = objectsOf(references)
  const owner = owners.find((reference) => reference['controller'] === true) ?? owners[0]
  const [kind, name, uid] = [textOf(owner?.['kind']), textOf(owner?.['name']), textOf(owner?.['uid'])]
  return kind === undefined || name === undefined || uid === undefined ? undefined : { kind, name, uid }
}

const KINDS = [
  ['container', 'containers', 'containerStatuses'],
  ['init', 'initContainers', 'initContainerStatuses'],
  ['ephemeral', 'ephemeralContainers', 'ephemeralContainerStatuses'],
] as const

function containersOf(spec: Readonly<Record<string, unknown>> | undefined, status: Readonly<Record<string, unknown>> | undefined): readonly PodContainer[] {
  return KINDS.flatMap(([kind, inSpec, inStatus]) => {
    const statuses = objectsOf(status?.[inStatus])
    return objectsOf(spec?.[inSpec]).flatMap((container): readonly PodContainer[] => {
      const name = textOf(container['name'])
      if (name === undefined) return []
      const reported = statuses.find((candidate) => candidate['name'] === name)
      return [{ name, kind, image: textOf(container['image']), imageId: textOf(reported?.['imageID']), containerId: digitsOf(reported?.['containerID']) }]
    })
  })
}

/** `containerd://<id>`, `cri-o://<id>`, `docker://<id>`. */
function digitsOf(value: unknown): string | undefined {
  return /^[a-z0-9.-]+:\/\/([0-9a-fA-F]{64})$/.exec(textOf(value) ?? '')?.[1]?.toLowerCase()
}

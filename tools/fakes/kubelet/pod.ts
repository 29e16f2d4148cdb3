/** What a test says of a pod; the rest is as a kubelet fills it in. */
export interface PodSketch {
  readonly name: string
  readonly namespace?: string
  readonly uid: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly serviceAccount?: string
  readonly owners?: readonly { readonly kind: string; readonly name: string; readonly uid: string; readonly controller?: boolean }[]
  readonly containers?: readonly ContainerSketch[]
  readonly initContainers?: readonly ContainerSketch[]
  readonly ephemeralContainers?: readonly ContainerSketch[]
}

/** A container; without an id it has not been made yet. */
export interface ContainerSketch {
  readonly name: string
  readonly image?: string
  readonly id?: string
  /** Scheme of the id: containerd, cri-o, docker. */
  readonly runtime?: string
}

/** A v1 Pod as a kubelet lists it. */
export function sketchPod(sketch: PodSketch): unknown {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = sketch
  return {
    metadata: {
      name: sketch.name,
      namespace: sketch.namespace ?? 'shop',
      uid: sketch.uid,
      labels: sketch.labels ?? {},
      annotations: sketch.annotations ?? {},
      ...(sketch.owners === undefined ? {} : { ownerReferences: sketch.owners.map((owner) => ({ apiVersion: 'apps/v1', ...owner })) }),
    },
    spec: {
      nodeName: 'node-1',
      ...(sketch.serviceAccount === undefined ? {} : { serviceAccountName: sketch.serviceAccount }),
      containers: containers.map(specOf),
      ...(initContainers.length === 0 ? {} : { initContainers: initContainers.map(specOf) }),
      ...(ephemeralContainers.length === 0 ? {} : { ephemeralContainers: ephemeralContainers.map(specOf) }),
    },
    status: {
      phase: 'Running',
      containerStatuses: containers.map(statusOf),
      initContainerStatuses: initContainers.map(statusOf),
      ephemeralContainerStatuses: ephemeralContainers.map(statusOf),
    },
  }
}

function specOf({ name, image }: ContainerSketch): unknown {
  return { name, image: image ?? `registry.example.org/${name}:1` }
}

function statusOf({ name, image, id, runtime }: ContainerSketch): unknown {
  if (id === undefined) return { name, state: { waiting: { reason: 'ContainerCreating' } }, imageID: '', image: '' }
  return {
    name,
    state: { running: { startedAt: '2026-05-01T12:00:00Z' } },
    image: image ?? `registry.example.org/${name}:1`,
    imageID: `registry.example.org/${name}@sha256:${id}`,
    containerID: `${runtime ?? 'containerd'}://${id}`,
  }
}

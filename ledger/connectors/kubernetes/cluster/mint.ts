import type { ClusterObservation, DeploymentObservation } from '@mintmark/contract/scan'
import { LIMITS } from '@mintmark/contract/scan/plain'
import { boundText, textOf } from '../objects/fields.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { repositoryOf } from '../workloads/image.ts'
import type { PodTemplate } from '../workloads/pod-template.ts'

type Part = keyof ClusterObservation['mint']

interface PartMark {
  readonly kind: 'DaemonSet' | 'Deployment'
  readonly collection: string
  /** Last part of its image's repository, and the `app.kubernetes.io/name` it carries. */
  readonly names: readonly string[]
}

/** The parts of chart `spirl-system`, by the names of its images and objects. */
const PARTS: Readonly<Record<Part, PartMark>> = {
  agent: { kind: 'DaemonSet', collection: 'daemonsets', names: ['spirl-agent'] },
  controller: { kind: 'Deployment', collection: 'deployments', names: ['spirl-controller'] },
  csiDriver: { kind: 'DaemonSet', collection: 'daemonsets', names: ['spiffe-csi-driver', 'spirl-csi-driver'] },
  reflector: { kind: 'Deployment', collection: 'deployments', names: ['spirl-reflector', 'reflector'] },
}
const PART_NAMES: readonly Part[] = ['agent', 'controller', 'csiDriver', 'reflector']

const INJECTION_LABEL = 'k8s.spirl.com/spiffe-csi'

/** Looks for the parts of Mint among the workloads of a cluster. */
export interface MintSearch {
  look(object: KubernetesObject, images: readonly string[]): void
  /** @param isComplete whether all objects of a collection were read: only then a part that was not seen is absent (law 2) */
  result(isComplete: (collection: string) => boolean): ClusterObservation['mint']
}

/** A search that has seen nothing yet. */
export function createMintSearch(): MintSearch {
  const found = new Map<Part, string>()
  return {
    look(object, images) {
      if (!mayBePart(object, images)) return
      for (const part of PART_NAMES) {
        if (found.has(part) || PARTS[part].kind !== object.row.kind) continue
        const evidence = recognise(part, object, images)
        if (evidence !== undefined) found.set(part, boundText(evidence, LIMITS.sentenceCharsMax))
      }
    },
    result(isComplete) {
      const presence = (part: Part): ClusterObservation['mint'][Part] => {
        const evidence = found.get(part)
        const { kind, collection } = PARTS[part]
        if (evidence !== undefined) return { state: 'installed', evidence }
        if (isComplete(collection)) return { state: 'absent', evidence: `No ${kind} of the cluster has its name, label or image` }
        return { state: 'unknown', evidence: `Not all ${collection} could be read` }
      }
      return { agent: presence('agent'), controller: presence('controller'), csiDriver: presence('csiDriver'), reflector: presence('reflector') }
    },
  }
}

/** Most workloads of a cluster have nothing to do with Mint; they are passed over quickly. */
function mayBePart(object: KubernetesObject, images: readonly string[]): boolean {
  const text = `${object.ref.name} ${textOf(object.labels['app.kubernetes.io/name'])} ${images.join(' ')}`
  return text.includes('spirl') || text.includes('spiffe') || text.includes('reflector')
}

function recognise(part: Part, object: KubernetesObject, images: readonly string[]): string | undefined {
  const { names, kind } = PARTS[part]
  const { name, namespace } = object.ref
  const where = `${kind} ${namespace}/${name}`
  const label = object.labels['app.kubernetes.io/name']
  for (const wanted of names) {
    // Other products have a reflector too: a plain name counts only among objects of the chart.
    if (wanted === 'reflector' && !isOfChart(object, images)) continue
    if (label === wanted) return `${where} has the label app.kubernetes.io/name=${wanted}`
    const image = images.find((one) => repositoryOf(one)?.split('/').at(-1) === wanted)
    if (image !== undefined) return `${where} runs image ${image}`
    if (name === wanted || name.endsWith(`-${wanted}`)) return `${where} has its name`
  }
  return undefined
}

function isOfChart(object: KubernetesObject, images: readonly string[]): boolean {
  const chart = object.labels['helm.sh/chart']
  if (typeof chart === 'string' && chart.startsWith('spirl-system')) return true
  if (object.annotations['meta.helm.sh/release-name'] === 'spirl-system' || object.labels['app.kubernetes.io/instance'] === 'spirl-system') return true
  return images.some((image) => repositoryOf(image)?.split('/').includes('spirl') === true)
}

/**
 * Whether pods of a deployment ask for Mint, and the SPIFFE ID path that its ServiceAccount gets under the default template
 * `/{{cluster.name}}/ns/{{kubernetes.pod.namespace}}/sa/{{kubernetes.pod.service_account}}`.
 */
export function mintOfDeployment(clusterName: string, namespace: string, template: PodTemplate): DeploymentObservation['mint'] {
  const value = template.labels[INJECTION_LABEL]
  const enabled = value === 'enabled'
  return {
    injection: enabled ? 'enabled' : 'not-labelled',
    spiffeIdPath: boundText(`/${pathSegment(clusterName)}/ns/${pathSegment(namespace)}/sa/${pathSegment(template.serviceAccount)}`, LIMITS.pathCharsMax),
    evidence: enabled ? `The pod template has the label ${INJECTION_LABEL}=enabled` : `The pod template lacks the label ${INJECTION_LABEL}=enabled`,
  }
}

/** A SPIFFE ID path takes letters, digits, ".", "-" and "_" only (SPIFFE-ID section 2.2). */
function pathSegment(text: string): string {
  const segment = text.replaceAll(/[^A-Za-z0-9._-]/g, '-')
  return segment === '.' || segment === '..' ? '-' : segment
}

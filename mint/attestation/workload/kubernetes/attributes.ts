import { attributeName } from '../../attribute-name.ts'
import type { Attributes } from '../../model.ts'
import type { Pod, PodContainer } from './pods.ts'

/** What is known of a process in a pod, by the documented names. */
export function podAttributes(pod: Pod, container: PodContainer | undefined, annotationPrefixes: readonly string[]): Attributes {
  const attributes = new Map<string, string>()
  function set(value: string | undefined, ...segments: readonly string[]): void {
    if (value !== undefined) attributes.set(attributeName('kubernetes', 'pod', ...segments), value)
  }
  set(pod.name, 'name')
  set(pod.namespace, 'namespace')
  set(pod.uid, 'uid')
  set(pod.nodeName, 'node', 'name')
  set(pod.serviceAccount, 'service_account')
  set(pod.owner && `${pod.owner.kind}:${pod.owner.name}`, 'owner')
  set(pod.owner?.uid, 'owner_uid')
  set(String(countOf(pod, 'container')), 'image_count')
  set(String(countOf(pod, 'init')), 'init_image_count')
  set(container?.name, 'container', 'name')
  for (const [key, value] of pod.labels) set(value, 'label', key)
  for (const [key, value] of pod.annotations) {
    if (annotationPrefixes.some((prefix) => key.startsWith(prefix))) set(value, 'annotation', key)
  }
  for (const { name, kind, image, imageId } of pod.containers) {
    if (kind === 'ephemeral') continue
    const family = kind === 'init' ? 'init_container' : 'container'
    set(image, family, name, 'image', 'name')
    set(imageId, family, name, 'image', 'id')
  }
  return attributes
}

function countOf(pod: Pod, kind: PodContainer['kind']): number {
  return pod.containers.filter((container) => container.kind === kind).length
}

import type { Platform } from '../ports.ts'

/** Paths by platform where no policy sets one (docs/mint/policies.md). */
const DEFAULT_TEMPLATES: Readonly<Record<Platform, string>> = {
  k8s: '/{{cluster.name}}/ns/{{kubernetes.pod.namespace}}/sa/{{kubernetes.pod.service_account}}',
  eks: '/{{cluster.name}}/ns/{{kubernetes.pod.namespace}}/sa/{{kubernetes.pod.service_account}}',
  istio: '/ns/{{kubernetes.pod.namespace}}/sa/{{kubernetes.pod.service_account}}',
  'eks-istio': '/ns/{{kubernetes.pod.namespace}}/sa/{{kubernetes.pod.service_account}}',
  linux: '/{{node_group.name}}/{{linux.user.name}}',
}

/** The default path of a platform; in a realm, the realm's name goes in front of it. */
export function defaultTemplate(platform: Platform, realm: string | undefined): string {
  return realm === undefined ? DEFAULT_TEMPLATES[platform] : `/{{spirl.realm}}${DEFAULT_TEMPLATES[platform]}`
}

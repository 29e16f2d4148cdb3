/** How the socket appears in pods. Names and paths are those that existing pods, charts and meshes rely on. */
export interface InjectionSettings {
  readonly volumeName: string
  readonly mountPath: string
  readonly socketFileName: string
  /** Sets SPIFFE_ENDPOINT_SOCKET where a container does not set it itself. A mesh finds its socket by the path; the variable is for the application beside it. */
  readonly setsEndpointVariable: boolean
}

/** The CSI driver that brings the agent's socket folder into a pod. */
export const CSI_DRIVER = 'csi.spiffe.io'

/** The variable that SPIFFE clients read (SPIFFE Workload Endpoint, section 4). */
export const ENDPOINT_VARIABLE = 'SPIFFE_ENDPOINT_SOCKET'

/** Platforms as the chart names them; case does not matter there. */
export type InjectionPlatform = 'k8s' | 'istio' | 'eks' | 'eks-istio'

const PLAIN: InjectionSettings = {
  volumeName: 'spirl-agent-socket',
  mountPath: '/spirl-agent-socket',
  socketFileName: 'agent.sock',
  setsEndpointVariable: true,
}

/** istio-proxy looks for /var/run/secrets/workload-spiffe-uds/socket, where /var/run is a link to /run, in a volume of this name. */
const MESH: InjectionSettings = {
  volumeName: 'workload-socket',
  mountPath: '/run/secrets/workload-spiffe-uds',
  socketFileName: 'socket',
  setsEndpointVariable: true,
}

/** The defaults of a platform. */
export function injectionSettings(platform: InjectionPlatform): InjectionSettings {
  return platform === 'istio' || platform === 'eks-istio' ? MESH : PLAIN
}

/** A label selector as Kubernetes knows it; `{}` selects everything. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[]
}

/** Pods that carry this label get the socket, wherever they run. */
export const DEFAULT_OBJECT_SELECTOR: LabelSelector = { matchLabels: { 'k8s.spirl.com/spiffe-csi': 'enabled' } }

/** Every namespace. */
export const DEFAULT_NAMESPACE_SELECTOR: LabelSelector = {}

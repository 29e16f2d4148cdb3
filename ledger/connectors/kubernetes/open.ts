import { openManifestFolder } from './manifests/open.ts'
import type { KubernetesSettings } from './schema.ts'
import type { KubernetesSource } from './source.ts'
import { openCluster } from './cluster/open.ts'

/**
 * Opens what the settings name: connects to the cluster and reads its id, or finds the manifests.
 *
 * @throws UserError when the kubeconfig, the credentials, the network or the folder are wrong; it says what to do next
 */
export async function openKubernetes(settings: KubernetesSettings, signal: AbortSignal): Promise<KubernetesSource> {
  const { source } = settings
  return source.type === 'manifests' ? openManifestFolder(source.directory, settings, signal) : openCluster(source, settings, signal)
}

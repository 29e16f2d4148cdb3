import { UserError } from '@mintmark/ledger/model'
import { openManifestFolder } from './manifests/open.ts'
import type { KubernetesSettings } from './schema.ts'
import type { KubernetesSource } from './source.ts'

/**
 * Opens what the settings name.
 *
 * @throws UserError when the folder cannot be read; it says what to do next
 */
export async function openKubernetes(settings: KubernetesSettings, signal: AbortSignal): Promise<KubernetesSource> {
  const { source } = settings
  if (source.type === 'manifests') return openManifestFolder(source.directory, settings, signal)
  throw new UserError('kubernetes-source', 'Only folders of manifests are read so far', 'Pass --manifests DIR')
}

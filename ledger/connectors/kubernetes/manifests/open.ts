import { createHash } from 'node:crypto'
import { basename, resolve } from 'node:path'
import type { ScanEvent } from '@mintmark/contract/scan'
import type { Detector } from '@mintmark/ledger/detection'
import { UserError } from '@mintmark/ledger/model'
import { collectLists, oneByOne } from '../collect.ts'
import type { KubernetesSettings } from '../schema.ts'
import { createSession } from '../session.ts'
import type { KubernetesCollectOptions, KubernetesSource } from '../source.ts'
import { openManifests } from './feed.ts'
import { walkManifests } from './walk.ts'
import type { Walk } from './walk.ts'

/**
 * Opens a folder of manifests as if it were a cluster.
 *
 * @throws UserError when the folder cannot be read or holds no manifest
 */
export async function openManifestFolder(directory: string, settings: KubernetesSettings, signal: AbortSignal): Promise<KubernetesSource> {
  const walk = await tryWalk(directory, signal)
  if (walk.files.length === 0) {
    throw new UserError(
      'manifests-empty',
      `Folder ${directory} holds no file that ends in .yaml, .yml or .json`,
      'Name the folder that holds the manifests: --manifests DIR',
    )
  }
  const name = settings.clusterName ?? (basename(resolve(directory)) || 'manifests')
  // Two folders of one name are two sources, unless the user says that they are one by naming it.
  const key = settings.clusterName ?? `${name}-${createHash('sha256').update(resolve(directory)).digest('hex').slice(0, 12)}`
  const source = { key: `manifests:${key}`, name }
  async function* lists(detector: Detector, options: KubernetesCollectOptions): AsyncGenerator<readonly ScanEvent[]> {
    const feed = await openManifests(walk, options.signal)
    const session = createSession({ ...source, keyEvidence: 'A folder of manifests has no uid of its own, so its name stands for the cluster' }, false)
    yield* collectLists({ feed, session, detector, settings, options })
  }
  return {
    source,
    collect: (detector, options) => oneByOne(lists(detector, options)),
    collectLists: lists,
    // oxlint-disable-next-line no-empty-function -- a folder of manifests has nothing to watch
    async *watch() {},
    close: async () => undefined,
  }
}

async function tryWalk(directory: string, signal: AbortSignal): Promise<Walk> {
  try {
    return await walkManifests(directory, signal)
  } catch (error) {
    signal.throwIfAborted()
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    const why = { ENOENT: 'it does not exist', EACCES: 'its permissions forbid it', ENOTDIR: 'a part of its path is not a folder' }[code] ?? code
    throw new UserError('manifests-unreadable', `Folder ${directory} cannot be read: ${why}`, 'Check the path and its permissions', { cause: error })
  }
}

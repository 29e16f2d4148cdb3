import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { AdministrationError } from '../failure.ts'
import { SERVER_LIMITS } from '../limits.ts'
import type { ClusterRow, ClusterVersionRow } from '../ports.ts'
import { translated, type AdministrationDependencies } from './dependencies.ts'

/** A cluster version that was made just now. The private key is nowhere else: it is shown once and not kept. */
export interface NewClusterVersion {
  readonly version: ClusterVersionRow
  /** Ed25519, PKCS#8 PEM. */
  readonly privateKeyPem: string
  /** Versions that had to go for it; their agents can attest no more. */
  readonly removed: readonly ClusterVersionRow[]
}

/** Versions of clusters: keys that agents prove themselves with. */
export interface VersionAdministration {
  /** The eleventh removes the oldest. */
  addVersion(idOrName: string): Promise<NewClusterVersion>
  listVersions(idOrName: string): Promise<readonly ClusterVersionRow[]>
  setVersionActive(idOrName: string, versionId: string, active: boolean): Promise<ClusterVersionRow>
  /** Of an inactive one only. */
  deleteVersion(idOrName: string, versionId: string): Promise<void>
}

const makeKeyPair = promisify(generateKeyPair)

/** Verbs on cluster versions. */
export function administerVersions(
  { registry, now, log, changed }: Pick<AdministrationDependencies, 'registry' | 'now' | 'log' | 'changed'>,
  find: (idOrName: string) => Promise<ClusterRow>,
): VersionAdministration {
  async function findVersion(idOrName: string, versionId: string): Promise<ClusterVersionRow> {
    const cluster = await find(idOrName)
    const version = await translated(() => registry.clusterVersion(versionId))
    if (version?.clusterId !== cluster.id) {
      throw new AdministrationError(
        'not-found',
        `Cluster ${cluster.name} has no version ${versionId}.`,
        `See them: spirlctl cluster version list ${cluster.name}`,
      )
    }
    return version
  }
  return {
    addVersion: async (idOrName) => {
      const cluster = await find(idOrName)
      const { publicKeyPem, privateKeyPem } = await newVersionKey()
      const { version, removed } = await translated(() =>
        registry.addClusterVersion({ clusterId: cluster.id, publicKeyPem, limit: SERVER_LIMITS.clusterVersionsMax, now: now() }),
      )
      for (const { id } of removed) {
        log.warn(
          { logger: 'server.clusters', cluster: cluster.name, version: id },
          'The oldest cluster version was removed for a newer one; its agents can attest no more',
        )
      }
      changed()
      return { version, privateKeyPem, removed }
    },
    listVersions: async (idOrName) => {
      const cluster = await find(idOrName)
      return translated(() => registry.listClusterVersions(cluster.id))
    },
    setVersionActive: async (idOrName, versionId, active) => {
      const version = await findVersion(idOrName, versionId)
      await translated(() => registry.setClusterVersionActive(version.id, active))
      changed()
      return { ...version, active }
    },
    deleteVersion: async (idOrName, versionId) => {
      const version = await findVersion(idOrName, versionId)
      if (version.active) {
        throw new AdministrationError(
          'invalid',
          `Cluster version ${versionId} is active.`,
          `Deactivate it first: spirlctl cluster version deactivate ${versionId}`,
        )
      }
      await translated(() => registry.deleteClusterVersion(version.id))
      changed()
    },
  }
}

async function newVersionKey(): Promise<{ readonly publicKeyPem: string; readonly privateKeyPem: string }> {
  const { publicKey, privateKey } = await makeKeyPair('ed25519')
  return {
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  }
}

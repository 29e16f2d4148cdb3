import * as clusters from './clusters.ts'
import * as configuration from './configuration.ts'
import * as federation from './federation.ts'
import * as issuance from './issuance.ts'
import * as keysets from './keysets.ts'
import * as trustDomains from './trust-domains.ts'

/** Mint's routes by their operationId; a part of the one table in `contract/http/routes.ts`. */
export const mintRoutes = {
  createTrustDomain: trustDomains.createTrustDomain,
  listTrustDomains: trustDomains.listTrustDomains,
  getTrustDomain: trustDomains.getTrustDomain,
  getTrustBundle: trustDomains.getTrustBundle,
  createRealm: trustDomains.createRealm,
  listRealms: trustDomains.listRealms,
  listKeysets: keysets.listKeysets,
  prepareKeyset: keysets.prepareKeyset,
  activateKeyset: keysets.activateKeyset,
  taintKeyset: keysets.taintKeyset,
  removeKeyset: keysets.removeKeyset,
  registerCluster: clusters.registerCluster,
  listClusters: clusters.listClusters,
  getCluster: clusters.getCluster,
  updateCluster: clusters.updateCluster,
  deleteCluster: clusters.deleteCluster,
  createClusterVersion: clusters.createClusterVersion,
  listClusterVersions: clusters.listClusterVersions,
  updateClusterVersion: clusters.updateClusterVersion,
  deleteClusterVersion: clusters.deleteClusterVersion,
  listAgents: clusters.listAgents,
  getConfiguration: configuration.getConfiguration,
  setConfiguration: configuration.setConfiguration,
  listConfigurationHistory: configuration.listConfigurationHistory,
  diffConfiguration: configuration.diffConfiguration,
  createFederationLink: federation.createFederationLink,
  listFederationLinks: federation.listFederationLinks,
  getFederationLink: federation.getFederationLink,
  refreshFederationLink: federation.refreshFederationLink,
  setFederationBundle: federation.setFederationBundle,
  deleteFederationLink: federation.deleteFederationLink,
  listWorkloads: issuance.listWorkloads,
  listMintEvents: issuance.listMintEvents,
  mintX509Svid: issuance.mintX509Svid,
  mintJwtSvid: issuance.mintJwtSvid,
} as const

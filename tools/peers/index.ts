export { findPeer, peerIsMissing, requireExecutable } from './find.ts'
export { type ApiClient } from './kubernetes/api-client.ts'
export { type Cluster, type ClusterOptions, startCluster } from './kubernetes/cluster.ts'
export { freePort, type PeerProcess, startProcess } from './process.ts'

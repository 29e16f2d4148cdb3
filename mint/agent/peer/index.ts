export { openKernel, PeerCredentialsUnavailableError, type Kernel, type PeerCredentials } from './kernel.ts'
export { descriptorOf, PeerRefusedError, readPeer } from './peer.ts'

export { openKernel, PeerCredentialsUnavailableError, type Kernel } from './kernel.ts'
export { descriptorOf, PeerRefusedError, readPeer } from './peer.ts'

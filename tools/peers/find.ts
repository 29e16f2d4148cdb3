import { lookUpPeer, mayBeMissing, missingCommands } from './cache.ts'
import { PEERS_BY_NAME, type PeerName } from './catalogue.ts'

/** Paths of a peer's executables by name, or undefined when it was not built. */
export function findPeer(name: PeerName): Readonly<Record<string, string>> | undefined {
  return lookUpPeer(PEERS_BY_NAME[name])
}

/** Path of one executable of a peer. @throws Error that says how to get it */
export function requireExecutable(name: PeerName, executable: string): string {
  const path = findPeer(name)?.[executable]
  if (path === undefined) throw new Error(explainMissing(name))
  return path
}

/**
 * For `describe.skipIf(peerIsMissing('kubernetes'))`: says loudly what is missing and how to get it,
 * and fails instead of skipping where `CI=true`, so that a green run means that everything ran
 * (but for optional peers whose toolchain that machine does not have).
 */
export function peerIsMissing(name: PeerName): boolean {
  if (findPeer(name) !== undefined) return false
  if (process.env['CI'] === 'true' && !mayBeMissing(PEERS_BY_NAME[name])) throw new Error(explainMissing(name))
  console.warn(`SKIPPED: ${explainMissing(name)}`)
  return true
}

function explainMissing(name: PeerName): string {
  const peer = PEERS_BY_NAME[name]
  const missing = missingCommands(peer)
  const first = missing.length === 0 ? '' : `install ${missing.join(' and ')}, then `
  return `peer "${name}" is not there (${peer.purpose}); ${first}run: npm run peers ${name}`
}

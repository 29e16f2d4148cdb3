import { buildPeer, lookUpPeer, mayBeMissing, missingCommands, peersFolder } from './cache.ts'
import { PEERS } from './catalogue.ts'
import { runCommand } from './run-command.ts'

/** `npm run peers [name …]`: obtains what is missing, says what it does and how long it took. Ends with 1 when a peer could not be had. */
const wanted = new Set(process.argv.slice(2))
let failed = 0
console.log(`Peers are kept in ${peersFolder()}`)
for (const peer of PEERS) {
  if (wanted.size > 0 && !wanted.has(peer.name)) continue
  if (lookUpPeer(peer) !== undefined) {
    console.log(`  ${peer.name}: there`)
    continue
  }
  const missing = missingCommands(peer)
  if (missing.length > 0) {
    if (!mayBeMissing(peer)) failed += 1
    console.log(`  ${peer.name}: NOT BUILT, needs ${missing.join(' and ')} on PATH (${peer.purpose})`)
    continue
  }
  console.log(`  ${peer.name}: building, about ${peer.cost} (${peer.purpose})`)
  const startedAtMs = Date.now()
  try {
    await buildPeer(peer, runCommand)
    console.log(`  ${peer.name}: done in ${Math.round((Date.now() - startedAtMs) / 1000)} s`)
  } catch (error) {
    failed += 1
    console.log(`  ${peer.name}: FAILED: ${error instanceof Error ? error.message : String(error)}`)
  }
}
if (failed > 0) process.exitCode = 1

import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Peer, RunCommand } from './peer.ts'

/** Written last: a folder without it is the rest of a build that was cut off. */
const COMPLETE_MARK = 'complete'

/** Where peers are kept: `MINTMARK_PEERS`, else the user's cache folder. */
export function peersFolder(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  return process.env['MINTMARK_PEERS'] ?? join(cache, 'mintmark', 'peers')
}

/** The folder of a peer: its name and the first half of the hash of everything that determines it. */
function peerFolder(peer: Peer): string {
  const hash = createHash('sha256').update(JSON.stringify(peer.lock)).digest('hex').slice(0, 16)
  return join(peersFolder(), `${peer.name}-${hash}`)
}

/** Paths of the executables of a peer, or undefined when it was not built (or not completely). */
export function lookUpPeer(peer: Peer): Readonly<Record<string, string>> | undefined {
  const folder = peerFolder(peer)
  if (!existsSync(join(folder, COMPLETE_MARK))) return undefined
  const found = Object.entries(peer.executables).map(([name, path]) => [name, join(folder, path)] as const)
  // A browser of the system may have been removed since: its link then leads nowhere.
  return found.every(([, path]) => existsSync(path)) ? Object.fromEntries(found) : undefined
}

/** Commands of `peer.needs` that PATH does not have. */
export function missingCommands(peer: Peer): readonly string[] {
  return peer.needs.filter((command) => !(process.env['PATH'] ?? '').split(delimiter).some((folder) => isExecutable(join(folder, command))))
}

/** An optional peer on a machine without its toolchain. */
export function mayBeMissing(peer: Peer): boolean {
  return peer.isOptional === true && missingCommands(peer).length > 0
}

/** Builds a peer beside its place and moves it there in one step, so that a build that is cut off leaves nothing half. */
export async function buildPeer(peer: Peer, run: RunCommand): Promise<void> {
  const folder = peerFolder(peer)
  const attempt = `${folder}.building-${process.pid}`
  await rm(attempt, { recursive: true, force: true })
  await mkdir(attempt, { recursive: true })
  try {
    await peer.build(attempt, run)
    for (const path of Object.values(peer.executables)) accessSync(join(attempt, path), constants.X_OK)
    await writeFile(join(attempt, COMPLETE_MARK), '')
    await rm(folder, { recursive: true, force: true })
    await rename(attempt, folder)
  } finally {
    await rm(attempt, { recursive: true, force: true })
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

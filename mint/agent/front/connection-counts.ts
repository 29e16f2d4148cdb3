import type { Peer } from '@mintmark/mint/attestation'
import type { FrontLimits } from './limits.ts'

/** Counts open connections in total, by user and by process. */
export interface ConnectionCounts {
  /** Counts a connection, or says which bound it would break. */
  admit(peer: Pick<Peer, 'uid' | 'pid'>): string | undefined
  release(peer: Pick<Peer, 'uid' | 'pid'>): void
  readonly total: number
}

type Bounds = Pick<FrontLimits, 'connectionsMax' | 'connectionsPerUserMax' | 'connectionsPerProcessMax'>

/** No connections yet. */
export function createConnectionCounts(bounds: Bounds): ConnectionCounts {
  const byUser = new Map<number, number>()
  const byProcess = new Map<number, number>()
  let total = 0
  return {
    get total() {
      return total
    },
    admit({ uid, pid }) {
      if (total >= bounds.connectionsMax) return `${bounds.connectionsMax} connections are open`
      if ((byUser.get(uid) ?? 0) >= bounds.connectionsPerUserMax) return `${bounds.connectionsPerUserMax} connections of user ${uid} are open`
      if ((byProcess.get(pid) ?? 0) >= bounds.connectionsPerProcessMax) {
        return `${bounds.connectionsPerProcessMax} connections of process ${pid} are open`
      }
      total += 1
      change(byUser, uid, 1)
      change(byProcess, pid, 1)
      return undefined
    },
    release({ uid, pid }) {
      total -= 1
      change(byUser, uid, -1)
      change(byProcess, pid, -1)
    },
  }
}

function change(counts: Map<number, number>, key: number, by: number): void {
  const count = (counts.get(key) ?? 0) + by
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}

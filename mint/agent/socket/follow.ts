import { status } from '../status.ts'
import type { X509Cache, X509State } from '../cache/x509-cache.ts'
import { jitter, type Clock } from '../clock.ts'
import { toRefusal, type Refusal } from '../refusal.ts'
import type { Trust, TrustState } from '../trust/trust.ts'
import type { Workload } from '../workload.ts'
import { assertAlive, type Callers } from './caller.ts'
import type { Lifetime } from '../rpc/call.ts'
import type { SocketConnection } from './connection.ts'

/** How often the caller of an open stream is attested again, in milliseconds: its pod may have new labels. */
const REATTEST_MS = 300_000
/** Milliseconds per open stream over which a change that concerns all of them is spread, and the longest spread (rule 32). */
const SPREAD_PER_STREAM_MS = 1
const SPREAD_MS_MAX = 3_000

/** What a follower needs of the agent. */
export interface FollowParts {
  readonly callers: Callers
  readonly x509: X509Cache
  readonly trust: Trust
  readonly clock: Clock
  readonly random: () => number
  readonly streams: () => number
  /** Called when configuration that decides attributes has changed. @returns what ends it */
  readonly onReconfigured: (listener: () => void) => () => void
}

/** What a stream hears about its caller. */
export interface Follower {
  /** The caller's identities (absent for a mere verifier) and what the agent trusts. */
  onState(state: X509State | undefined, trust: TrustState): void
  onRefusal(refusal: Refusal): void
  /** Whether a caller without an identity is told the bundle of the own trust domain. */
  readonly servesVerifiers: boolean
}

/**
 * Follows a caller's identities and the agent's trust until `lifetime` ends. The state comes at once, then with every change:
 * a renewal at once, a change of trust spread over all streams. A caller whose attributes change is followed under its new ones.
 */
export function followCaller(
  parts: FollowParts,
  connection: SocketConnection,
  exchangeToken: string | undefined,
  lifetime: Lifetime,
  follower: Follower,
): void {
  const { clock, random } = parts
  const ends: (() => void)[] = []
  let workload: Workload | undefined
  let state: X509State | undefined
  let isVerifier = false
  let leaveWorkload = (): void => undefined
  let cancelTell = (): void => undefined
  let cancelReattest = (): void => undefined

  function stop(): void {
    for (const end of ends.splice(0)) end()
    leaveWorkload()
    cancelTell()
    cancelReattest()
  }
  function refuse(refusal: Refusal): void {
    if (!lifetime.isOpen) return
    stop()
    follower.onRefusal(refusal)
  }
  function tell(): void {
    cancelTell()
    const trust = parts.trust.current()
    if (lifetime.isOpen && trust !== undefined && (state !== undefined || isVerifier)) follower.onState(state, trust)
  }
  function tellSpread(): void {
    cancelTell()
    const streams = parts.streams()
    cancelTell = clock.after(Math.min(SPREAD_MS_MAX, streams <= 1 ? 0 : streams * SPREAD_PER_STREAM_MS) * random(), tell)
  }
  function enter(next: Workload): void {
    if (workload?.key === next.key && !isVerifier) return
    leaveWorkload()
    workload = next
    isVerifier = false
    leaveWorkload = parts.x509.subscribe(next, {
      onState: (newest) => {
        state = newest
        tell()
      },
      onRefusal: (refusal) => {
        state = undefined
        if (refusal.code !== status.PERMISSION_DENIED || !follower.servesVerifiers) refuse(refusal)
        else {
          isVerifier = true
          tell()
        }
      },
    })
  }
  async function attest(): Promise<void> {
    try {
      const next = await parts.callers.identify(connection, exchangeToken, lifetime)
      if (!lifetime.isOpen) return
      await parts.trust.ready()
      assertAlive(connection)
      if (lifetime.isOpen) enter(next)
    } catch (error) {
      refuse(toRefusal(error))
    }
    planReattest(jitter(REATTEST_MS, 0.2, random), exchangeToken === undefined)
  }
  function planReattest(ms: number, isWanted: boolean): void {
    cancelReattest()
    if (!lifetime.isOpen || !isWanted) return
    cancelReattest = clock.after(ms, () => {
      connection.attested = undefined
      void attest()
    })
  }
  ends.push(
    parts.trust.subscribe(tellSpread),
    parts.onReconfigured(() => planReattest(Math.min(SPREAD_MS_MAX, parts.streams() * SPREAD_PER_STREAM_MS) * random(), true)),
  )
  lifetime.onClosed(stop)
  void attest()
}

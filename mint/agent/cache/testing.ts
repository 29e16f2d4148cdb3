import { status } from '../status.ts'
import { parseSpiffeId, type SpiffeId } from '@mintmark/spiffe'
import { createManualClock, type ManualClock } from '../clock-testing.ts'
import type { Issuance, IssuedJwt, IssuedX509, JwtWish } from '../issuance.ts'
import { createAgentLog } from '../log.ts'
import { Refusal } from '../refusal.ts'
import { workloadOf, type Workload } from '../workload.ts'

/** An issuance without keys: what matters to a cache is when, how often and with which outcome. */
export interface TestIssuance extends Issuance {
  /** Times of calls, milliseconds since 1970. */
  readonly calls: number[]
  /** Refuses while set. */
  refusal: Refusal | undefined
  /** Answers only when released, while set. */
  hold: Promise<void> | undefined
  ttlMs: number
  authority: string
}

/** Midnight of a day: the tests' start of time. */
export const START = Date.UTC(2026, 0, 1)
/** An hour, the lifetime of what the tests issue. */
export const HOUR_MS = 3_600_000

/** A clock and an issuance that go together. */
export function createTestIssuance(): { readonly clock: ManualClock; readonly issuance: TestIssuance } {
  const clock = createManualClock(START)
  async function answer(): Promise<{ readonly issuedAt: Date; readonly expiresAt: Date }> {
    issuance.calls.push(clock.now())
    const refused = issuance.refusal
    await issuance.hold
    if (refused !== undefined) throw refused
    return { issuedAt: new Date(clock.now()), expiresAt: new Date(clock.now() + issuance.ttlMs) }
  }
  const issuance: TestIssuance = {
    calls: [],
    refusal: undefined,
    hold: undefined,
    ttlMs: HOUR_MS,
    authority: 'authority-1',
    async issueX509(_workload: Workload): Promise<IssuedX509> {
      const { issuedAt, expiresAt } = await answer()
      const svid = { id: TEST_ID, certificates: [], privateKey: new Uint8Array(), notBefore: issuedAt, notAfter: expiresAt }
      return { svids: [svid], authorityKeyIds: [issuance.authority] }
    },
    async issueJwt(wish: JwtWish): Promise<IssuedJwt> {
      const { issuedAt, expiresAt } = await answer()
      return { svids: [{ id: TEST_ID, token: `token ${issuance.calls.length}`, audience: wish.audience, issuedAt, expiresAt }], keyIds: [issuance.authority] }
    },
  }
  return { clock, issuance }
}

/** A workload with one attribute of this value. */
export function testWorkload(name: string): Workload {
  return workloadOf(new Map([['linux.user.name', name]]))
}

/** The server is away. */
export const AWAY = new Refusal(status.UNAVAILABLE, 'The server is away.')
/** The workload is entitled to nothing. */
export const DENIED = new Refusal(status.PERMISSION_DENIED, 'No policy matches.')
/** A log that nobody reads. */
export const QUIET = createAgentLog({ level: 'silent', write: () => undefined }).logger('test')

const TEST_ID = testId('spiffe://one.test/a')

function testId(text: string): SpiffeId {
  const parsed = parseSpiffeId(text)
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.id
}

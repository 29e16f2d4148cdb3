import { status, statusName } from '../status.ts'
import { jitter } from '../clock.ts'
import { reasonOf, type Logger } from '../log.ts'
import { Refusal, toRefusal } from '../refusal.ts'
import { attest, type AttestedSession, type AttestParts, type SessionFacts } from './attest.ts'
import { createBackOff } from './back-off.ts'
import { BACKGROUND_BACK_OFF } from './settings.ts'

/** A session is not used in its last seconds, so that it does not end on the way, in milliseconds. */
const MARGIN_MS = 5_000
const RENEWAL_JITTER = 0.1

/** The agent's proof towards the server, renewed at half of its life by evidence read anew. */
export interface Session {
  /** The token that calls carry. @throws Refusal when attestation is refused or no server answers */
  readonly bearer: () => Promise<string>
  /** The server does not accept this token any more: the next caller attests. */
  readonly invalidate: (token: string) => void
  readonly facts: () => SessionFacts | undefined
  readonly isValid: () => boolean
  readonly close: () => void
}

/** Attests on the first call, then keeps the session fresh by itself. Concurrent callers share one attestation. */
export function createSession(parts: AttestParts & { readonly random: () => number; readonly log: Logger }): Session {
  const { clock, log } = parts
  const backOff = createBackOff(BACKGROUND_BACK_OFF, parts.random)
  let current: AttestedSession | undefined
  let underWay: Promise<AttestedSession> | undefined
  let refusedUntil = 0
  let lastRefusal: Refusal | undefined
  let cancelRenewal = (): void => undefined
  let isClosed = false

  function renew(): Promise<AttestedSession> {
    underWay ??= attest(parts)
      .then(accept, refuse)
      .finally(() => (underWay = undefined))
    return underWay
  }
  function accept(next: AttestedSession): AttestedSession {
    const isFirst = current === undefined
    current = next
    backOff.reset()
    lastRefusal = undefined
    log[isFirst ? 'info' : 'debug']('The agent is attested', { ...next.facts, expiresAt: new Date(next.expiresAt).toISOString() })
    const lifeMs = next.expiresAt - clock.now()
    planRenewal(Math.max(1_000, jitter(lifeMs / 2, RENEWAL_JITTER, parts.random)))
    return next
  }
  function refuse(error: unknown): never {
    const refusal = toRefusal(error)
    const waitMs = backOff.next()
    refusedUntil = clock.now() + waitMs
    lastRefusal = refusal
    log.warn('The agent is not attested', { code: statusName(refusal.code), reason: reasonOf(refusal), retryInMs: Math.round(waitMs) })
    planRenewal(waitMs)
    throw refusal
  }
  function planRenewal(ms: number): void {
    cancelRenewal()
    if (!isClosed) cancelRenewal = clock.after(ms, () => void renew().catch(() => undefined))
  }
  const isValid = (): boolean => current !== undefined && current.expiresAt - MARGIN_MS > clock.now()
  return {
    async bearer() {
      if (current !== undefined && isValid()) return current.token
      if (underWay === undefined && lastRefusal !== undefined && clock.now() < refusedUntil)
        throw new Refusal(status.UNAVAILABLE, `The agent is not attested: ${lastRefusal.message}`)
      return (await renew()).token
    },
    invalidate(token) {
      if (current?.token === token) current = undefined
    },
    facts: () => current?.facts,
    isValid,
    close() {
      isClosed = true
      cancelRenewal()
    },
  }
}

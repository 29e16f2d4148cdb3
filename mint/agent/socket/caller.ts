import { status, statusName } from '../status.ts'
import { AttestationError, type Attributes, type WorkloadContext } from '@mintmark/mint/attestation'
import type { Clock } from '../clock.ts'
import { reasonOf, type Logger } from '../log.ts'
import { Refusal, toRefusal } from '../refusal.ts'
import { workloadOf, type Workload } from '../workload.ts'
import type { Lifetime } from '../rpc/call.ts'
import type { SocketConnection } from './connection.ts'

/** Asks every enabled attestor about a process. */
export interface WorkloadAttestation {
  attest(context: WorkloadContext): Promise<Attributes>
}

/** What leaves the agent of a set of attributes, and the names of what does not. */
export type Redaction = (attributes: Attributes) => { readonly attributes: Attributes; readonly redacted: readonly string[] }

/** Bounds of attestation. */
export interface CallerLimits {
  /** Attestations under way at once, and those that may wait. */
  readonly concurrentMax: number
  readonly waitingMax: number
  /** Calls over one connection share an attestation for so long, in milliseconds. */
  readonly reuseMs: number
  readonly timeoutMs: number
}

/** What the agent uses. */
export const CALLER_LIMITS: CallerLimits = { concurrentMax: 64, waitingMax: 20_000, reuseMs: 2_000, timeoutMs: 35_000 }

/** Tells who calls. */
export interface Callers {
  /**
   * Who calls. Whoever sends something afterwards asks {@link assertAlive} once more.
   *
   * @param lifetime of the call; attestation is given up with it
   * @throws Refusal when the process cannot be attested, is gone, or too many wait
   */
  identify(connection: SocketConnection, exchangeToken: string | undefined, lifetime: Lifetime): Promise<Workload>
}

/** What may change while the agent runs is asked for at each attestation. */
export interface CallerParts {
  readonly attestation: () => WorkloadAttestation
  readonly redaction: () => Redaction
  readonly clock: Clock
  readonly limits: CallerLimits
  readonly log: Logger
  readonly onAttested: (outcome: string, seconds: number) => void
}

/** Attests callers with bounded concurrency; whoever is gone when the answer is there gets none. */
export function createCallers(parts: CallerParts): Callers {
  const { clock, limits, log } = parts
  const gate = createGate(limits)
  const redactedNames = new Set<string>()

  async function attest(connection: SocketConnection, exchangeToken: string | undefined, lifetime: Lifetime): Promise<Workload> {
    const leave = await gate.enter()
    const startedAt = clock.now()
    let outcome = 'OK'
    // One reason for all: an error with a stack each time would cost more than the attestation.
    const giveUp = new AbortController()
    const stay = lifetime.onClosed(() => giveUp.abort(CALL_ENDED))
    const cancelTimeout = clock.after(limits.timeoutMs, () => giveUp.abort(TOO_LONG))
    try {
      const found = await parts
        .attestation()
        .attest({ peer: connection.peer, signal: giveUp.signal, ...(exchangeToken === undefined ? {} : { exchangeToken }) })
      // Asked after the attributes were gathered: a process that took over the pid in between must not get the other one's identity.
      assertAlive(connection)
      const { attributes, redacted } = parts.redaction()(found)
      logRedactions(redacted)
      return workloadOf(attributes)
    } catch (error) {
      const refusal = toRefusal(error)
      outcome = statusName(refusal.code)
      log.warn('A caller could not be attested', {
        pid: connection.peer.pid,
        code: outcome,
        reason: reasonOf(error instanceof AttestationError ? error : refusal),
      })
      throw refusal
    } finally {
      stay()
      cancelTimeout()
      leave()
      parts.onAttested(outcome, (clock.now() - startedAt) / 1000)
    }
  }
  /** Names are logged once each and never with their values. */
  function logRedactions(redacted: readonly string[]): void {
    const unheard = redacted.filter((name) => !redactedNames.has(name))
    if (unheard.length === 0 || redactedNames.size > REDACTED_NAMES_MAX) return
    for (const name of unheard) redactedNames.add(name)
    log.info('Attributes do not leave the agent', { redactions: unheard })
  }
  return {
    async identify(connection, exchangeToken, lifetime) {
      const { attested } = connection
      if (exchangeToken === undefined && attested !== undefined && clock.now() < attested.until) return attested.workload
      const workload = await attest(connection, exchangeToken, lifetime)
      if (exchangeToken === undefined) connection.attested = { workload, until: clock.now() + limits.reuseMs }
      return workload
    },
  }
}

/** Why an attestation is given up. */
const CALL_ENDED = 'The call has ended.'
const TOO_LONG = 'The attestation has taken too long.'

/** Names that are remembered as logged. */
const REDACTED_NAMES_MAX = 10_000

/** @throws Refusal when the process has exited or another one has its pid */
export function assertAlive(connection: SocketConnection): void {
  if (!connection.peer.isAlive()) throw new Refusal(status.PERMISSION_DENIED, 'The calling process has exited.')
}

/** Lets so many in at once; others wait in line, and beyond a length nobody may. */
function createGate({ concurrentMax, waitingMax }: CallerLimits): { enter(): Promise<() => void> } {
  let inside = 0
  const line: (() => void)[] = []
  function leave(): void {
    const next = line.shift()
    if (next === undefined) inside -= 1
    else next()
  }
  return {
    async enter() {
      if (inside < concurrentMax) inside += 1
      else if (line.length >= waitingMax) throw new Refusal(status.UNAVAILABLE, 'Too many callers wait for attestation; try again.')
      else await new Promise<void>((resolve) => line.push(resolve))
      return leave
    },
  }
}

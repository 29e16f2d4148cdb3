import type { DescMessage, DescMethodUnary, MessageShape } from '@bufbuild/protobuf'
import { status } from '../status.ts'
import type { Clock } from '../clock.ts'
import { Refusal, toRefusal } from '../refusal.ts'
import { createBackOff } from './back-off.ts'
import type { Connection, Connections } from './connections.ts'
import { callUnary } from './rpc.ts'
import type { Session } from './session.ts'
import { CALL_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from './settings.ts'

/** Waits when a server sheds load, in milliseconds. */
const SHED_BACK_OFF = { firstMs: 100, longestMs: 2_000 } as const
/** Tries of one call, over all endpoints. */
const TRIES_MAX = 6

/** Asks the server, whatever it takes within the time of a call. */
export type CallServer = <I extends DescMessage, O extends DescMessage>(method: DescMethodUnary<I, O>, request: MessageShape<I>) => Promise<MessageShape<O>>

/** What a call needs. */
export interface CallParts {
  readonly connections: Connections
  readonly session: Session
  readonly clock: Clock
  readonly random: () => number
  readonly onAnswered: () => void
  readonly onOutage: () => void
}

/**
 * A call with its remedies: another endpoint when one does not answer, a new session when the old one is not accepted any more,
 * a wait when the server sheds load. Everything else is the server's answer and ends the call.
 */
export function createCallServer(parts: CallParts): CallServer {
  const { connections, session, clock } = parts

  return async function callServer(method, request) {
    const deadline = clock.now() + CALL_TIMEOUT_MS
    const shed = createBackOff(SHED_BACK_OFF, parts.random)
    const tried = new Set<string>()
    let isSessionRenewed = false
    for (let attempt = 1; ; attempt++) {
      const connection = connections.pick()
      tried.add(connection.endpoint)
      let bearer: string | undefined
      try {
        bearer = await session.bearer()
        const answer = await callUnary(connection.channel, method, request, { bearer, deadline: Math.min(deadline, clock.now() + REQUEST_TIMEOUT_MS) })
        connections.worked(connection)
        parts.onAnswered()
        return answer
      } catch (error) {
        const refusal = toRefusal(error)
        const waitMs = refusal.code === status.RESOURCE_EXHAUSTED ? shed.next() : 0
        if (attempt >= TRIES_MAX || clock.now() + waitMs >= deadline) throw ended(refusal)
        if (refusal.code === status.UNAUTHENTICATED && bearer !== undefined && !isSessionRenewed) {
          isSessionRenewed = true
          session.invalidate(bearer)
        } else if (waitMs > 0) await new Promise<void>((resolve) => clock.after(waitMs, resolve))
        else if (bearer === undefined || !movesOn(refusal, connection, tried)) throw ended(refusal)
      }
    }
  }
  function movesOn(refusal: Refusal, connection: Connection, tried: ReadonlySet<string>): boolean {
    if (!isOutage(refusal)) return false
    connections.failed(connection)
    return !tried.has(connections.pick().endpoint)
  }
  function ended(refusal: Refusal): Refusal {
    if (isOutage(refusal)) parts.onOutage()
    if (refusal.code !== status.UNAUTHENTICATED) return refusal
    return new Refusal(status.UNAVAILABLE, 'The trust domain server does not accept the session of this agent.', { cause: refusal })
  }
}

function isOutage({ code }: Refusal): boolean {
  return code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED || code === status.CANCELLED
}

import { create } from '@bufbuild/protobuf'
import { agentApi } from '@mintmark/contract/grpc'
import type { Clock } from '../clock.ts'
import { reasonOf, type Logger } from '../log.ts'
import { Refusal } from '../refusal.ts'
import { status } from '../status.ts'
import { createBackOff } from './back-off.ts'
import type { Connection, Connections } from './connections.ts'
import { callServerStream } from './rpc.ts'
import type { Session } from './session.ts'
import { BACKGROUND_BACK_OFF } from './settings.ts'

/**
 * An open stream that breaks is opened again within so many milliseconds, each agent at its own moment: all agents of a server that ends would
 * otherwise greet the next one in the same instant, and renewals would wait behind their greetings.
 */
const LOST_SPREAD_MS = 4_000

/** One message of the server: trust and configuration, the full state. */
export type WatchState = agentApi.WatchResponse

/** The stream that tells the agent what to trust and how it is configured. */
export interface Watch {
  readonly start: () => void
  readonly isConnected: () => boolean
  readonly close: () => void
}

interface OpenStream {
  cancel: () => void
}

/** Opens the stream again whenever it ends, with back-off and jitter. A newer connection takes over before the older one is left. */
export function createWatch(parts: {
  readonly connections: Connections
  readonly session: Session
  readonly clock: Clock
  readonly random: () => number
  readonly log: Logger
  readonly identities: () => number
  readonly onState: (state: WatchState) => void
  readonly onLost: () => void
}): Watch {
  const { connections, clock, log } = parts
  const backOff = createBackOff(BACKGROUND_BACK_OFF, parts.random)
  let current: OpenStream | undefined
  let connected = false
  let isClosed = false
  let cancelRetry = (): void => undefined

  async function open(): Promise<void> {
    const connection = connections.pick()
    let bearer: string
    try {
      bearer = await parts.session.bearer()
    } catch (error) {
      retry(error)
      return
    }
    if (isClosed) return
    let previous = current
    const leavePrevious = (): void => {
      previous?.cancel()
      previous = undefined
    }
    const stream: OpenStream = { cancel: () => undefined }
    current = stream
    const request = create(agentApi.WatchRequestSchema, { identities: parts.identities() })
    stream.cancel = callServerStream(
      connection.channel,
      agentApi.AgentService.method.watch,
      request,
      { bearer },
      {
        onMessage(state) {
          if (current !== stream) return
          connected = true
          backOff.reset()
          connections.worked(connection)
          leavePrevious()
          parts.onState(state)
        },
        onEnd(refusal) {
          leavePrevious()
          if (current !== stream || isClosed) return
          current = undefined
          const wasConnected = connected
          connected = false
          if (refusal !== undefined) settleFailure(refusal, connection, bearer)
          parts.onLost()
          retry(refusal ?? new Refusal(status.UNAVAILABLE, 'The server ended the stream.'), wasConnected)
        },
      },
    )
  }
  function settleFailure({ code }: Refusal, connection: Connection, bearer: string): void {
    if (code === status.UNAUTHENTICATED) parts.session.invalidate(bearer)
    if (code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED) connections.failed(connection)
  }
  function retry(error: unknown, isLost = false): void {
    if (isClosed) return
    const waitMs = isLost ? parts.random() * LOST_SPREAD_MS : backOff.next()
    log.warn('The stream of trust and configuration is interrupted', { reason: reasonOf(error), retryInMs: Math.round(waitMs) })
    cancelRetry()
    cancelRetry = clock.after(waitMs, () => void open())
  }
  return {
    start: () => {
      connections.onReplaced(() => {
        if (current !== undefined && !isClosed) void open()
      })
      void open()
    },
    isConnected: () => connected,
    close() {
      isClosed = true
      cancelRetry()
      current?.cancel()
    },
  }
}

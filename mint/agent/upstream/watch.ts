import { create } from '@bufbuild/protobuf'
import { status, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js'
import { agentApi } from '@mintmark/contract/grpc'
import type { Clock } from '../clock.ts'
import { reasonOf, type Logger } from '../log.ts'
import { createBackOff } from './back-off.ts'
import type { Connections } from './connections.ts'
import { callServerStream, refusalOf } from './rpc.ts'
import type { Session } from './session.ts'
import { BACKGROUND_BACK_OFF } from './settings.ts'

/** One message of the server: trust and configuration, the full state. */
export type WatchState = agentApi.WatchResponse

/** The stream that tells the agent what to trust and how it is configured. */
export interface Watch {
  readonly start: () => void
  readonly isConnected: () => boolean
  readonly close: () => void
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
  let current: ClientReadableStream<WatchState> | undefined
  let connected = false
  let isClosed = false
  let cancelRetry = (): void => undefined

  async function open(): Promise<void> {
    const connection = connections.pick()
    let stream: ClientReadableStream<WatchState>
    let previous: ClientReadableStream<WatchState> | undefined
    const leavePrevious = (): void => {
      previous?.cancel()
      previous = undefined
    }
    try {
      const bearer = await parts.session.bearer()
      if (isClosed) return
      const request = create(agentApi.WatchRequestSchema, { identities: parts.identities() })
      stream = callServerStream(connection.client, agentApi.AgentService.method.watch, request, { bearer })
      stream.on('error', (error: ServiceError) => {
        leavePrevious()
        lost(stream, error, () => settleFailure(error, connection, bearer))
      })
    } catch (error) {
      retry(error)
      return
    }
    previous = current
    current = stream
    stream.on('data', (state: WatchState) => {
      if (current !== stream) return
      connected = true
      backOff.reset()
      connections.worked(connection)
      leavePrevious()
      parts.onState(state)
    })
    stream.on('end', () => {
      leavePrevious()
      lost(stream, undefined, () => undefined)
    })
  }
  function settleFailure(error: ServiceError, connection: ReturnType<Connections['pick']>, bearer: string): void {
    if (error.code === status.UNAUTHENTICATED) parts.session.invalidate(bearer)
    if (error.code === status.UNAVAILABLE || error.code === status.DEADLINE_EXCEEDED) connections.failed(connection)
  }
  function lost(stream: ClientReadableStream<WatchState>, error: ServiceError | undefined, settle: () => void): void {
    if (current !== stream || isClosed) return
    current = undefined
    connected = false
    settle()
    parts.onLost()
    retry(error === undefined ? new Error('The server ended the stream.') : refusalOf(error))
  }
  function retry(error: unknown): void {
    if (isClosed) return
    const waitMs = backOff.next()
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

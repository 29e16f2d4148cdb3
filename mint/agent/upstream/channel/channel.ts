import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import type { Clock } from '../../clock.ts'
import { Refusal } from '../../refusal.ts'
import { PREFIX_BYTES } from '../../rpc/message-reader.ts'
import { status } from '../../status.ts'
import { createBackOff } from '../back-off.ts'
import { addressOf, authorityOf } from './address.ts'
import { readAnswer, type AnswerListener } from './answer.ts'
import { dial, type ChannelSecurity } from './dial.ts'

/** Milliseconds between pings of a connection, and the wait for their answer: a dead peer is noticed within a minute. */
const PING_MS = 40_000
const PING_TIMEOUT_MS = 10_000
/** Longest time for connecting, in milliseconds. */
const DIAL_TIMEOUT_MS = 10_000
/** How long calls are refused without dialling after that has failed, in milliseconds: whoever asks in a loop does not make a loop of dials. */
const REDIAL = { firstMs: 100, longestMs: 1_000 } as const
/** What a server may send ahead of our reading, in bytes, for one call and for all: five hundred certificates come in one piece. */
const STREAM_WINDOW_BYTES = 1024 * 1024
const WINDOW_BYTES = 4 * 1024 * 1024

/** What a call carries beside its message. */
export interface CallOptions {
  readonly bearer?: string
  /** When to give up, milliseconds since 1970; absent for streams that never end. */
  readonly deadline?: number
}

/** A way to one server for calls of gRPC, over one connection that is made when it is needed. */
export interface Channel {
  /** Sends one message and hears the answers. @returns what takes the call back; the listener then hears nothing more */
  readonly call: (path: string, message: Uint8Array, options: CallOptions, listener: AnswerListener) => () => void
  /** Ends what is open. */
  readonly close: () => void
}

/**
 * A channel over HTTP/2 (RFC 9113, "gRPC over HTTP2"). Written here and not left to a library, because that one costs a node twice the memory of
 * all other code of the agent, and because nobody else lets us ask the roots of the system only when they are needed.
 */
export function openChannel(parts: {
  readonly endpoint: string
  readonly security: ChannelSecurity
  readonly clock: Clock
  readonly random: () => number
}): Channel {
  const { clock, security } = parts
  const address = addressOf(parts.endpoint)
  const fixed = { ':scheme': security === undefined ? 'http' : 'https', ':authority': authorityOf(address) }
  const backOff = createBackOff(REDIAL, parts.random)
  const sessions = new Set<ClientHttp2Session>()
  const closing = new AbortController()
  /** The connection that new calls go over; one that a server has said farewell to serves only those that it has. */
  let current: ClientHttp2Session | undefined
  let dialling: Promise<ClientHttp2Session> | undefined
  let context = 0
  let rest: { readonly until: number; readonly refusal: Refusal } | undefined

  async function connected(): Promise<ClientHttp2Session> {
    if (current !== undefined) return current
    if (rest !== undefined && clock.now() < rest.until) throw rest.refusal
    dialling ??= open().finally(() => (dialling = undefined))
    return dialling
  }
  async function open(): Promise<ClientHttp2Session> {
    const late = new AbortController()
    const cancelLate = clock.after(DIAL_TIMEOUT_MS, () => late.abort())
    try {
      const dialled = await dial(address, security, context, AbortSignal.any([closing.signal, late.signal]))
      context = dialled.context
      if (closing.signal.aborted) dialled.socket.destroy()
      backOff.reset()
      rest = undefined
      const session = connect(`${fixed[':scheme']}://${fixed[':authority']}`, {
        createConnection: () => dialled.socket,
        settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
      })
      keep(session)
      return session
    } catch (error) {
      const refusal = new Refusal(status.UNAVAILABLE, `The trust domain server cannot be reached (${reasonOf(error)}).`, { cause: error })
      rest = { until: clock.now() + backOff.next(), refusal }
      throw refusal
    } finally {
      cancelLate()
    }
  }
  function keep(session: ClientHttp2Session): void {
    current = session
    sessions.add(session)
    const forget = (): void => {
      if (current === session) current = undefined
    }
    session.once('connect', () => session.setLocalWindowSize(WINDOW_BYTES))
    session.on('goaway', forget)
    // The calls over it hear of its end by themselves.
    session.on('error', forget)
    const cancelPings = ping(session)
    session.once('close', () => {
      cancelPings()
      sessions.delete(session)
      forget()
    })
    // Whether the process goes on is decided elsewhere.
    session.unref()
  }
  function ping(session: ClientHttp2Session): () => void {
    let cancel = clock.after(PING_MS, beat)
    function beat(): void {
      cancel = clock.after(PING_TIMEOUT_MS, () => session.destroy())
      const isSent = session.ping(() => {
        cancel()
        if (!session.destroyed) cancel = clock.after(PING_MS, beat)
      })
      if (!isSent) session.destroy()
    }
    return () => cancel()
  }
  return {
    call(path, message, options, listener) {
      let stream: ClientHttp2Stream | undefined
      let isOver = false
      let cancelDeadline = (): void => undefined
      function leave(): void {
        isOver = true
        cancelDeadline()
        if (stream !== undefined && !stream.closed) stream.close(constants.NGHTTP2_CANCEL)
      }
      function end(refusal: Refusal | undefined): void {
        if (isOver) return
        leave()
        listener.onEnd(refusal)
      }
      const { deadline } = options
      if (deadline !== undefined)
        cancelDeadline = clock.after(deadline - clock.now(), () =>
          end(new Refusal(status.DEADLINE_EXCEEDED, 'The trust domain server did not answer in time.')),
        )
      void connected().then(
        (session) => {
          if (isOver) return
          try {
            stream = session.request({ ...fixed, ...headersOf(path, options, clock.now()) }, { endStream: false })
          } catch (error) {
            end(new Refusal(status.UNAVAILABLE, 'The connection to the trust domain server was lost.', { cause: error }))
            return
          }
          readAnswer(stream, { onMessage: (bytes) => isOver || listener.onMessage(bytes), onEnd: end })
          stream.end(framed(message))
        },
        (error: unknown) => end(error instanceof Refusal ? error : new Refusal(status.INTERNAL, 'A call could not be made.', { cause: error })),
      )
      return leave
    },
    close() {
      closing.abort()
      current = undefined
      for (const session of sessions) session.destroy()
    },
  }
}

function headersOf(path: string, { bearer, deadline }: CallOptions, now: number): Record<string, string> {
  return {
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    ...(deadline === undefined ? {} : { 'grpc-timeout': `${Math.max(1, Math.ceil(deadline - now))}m` }),
  }
}

function framed(message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + message.length)
  bytes[0] = 0
  bytes.writeUInt32BE(message.length, 1)
  bytes.set(message, PREFIX_BYTES)
  return bytes
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}

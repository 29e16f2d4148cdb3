import { constants, type ClientHttp2Stream } from 'node:http2'
import type { Clock } from '../../clock.ts'
import { Refusal } from '../../refusal.ts'
import { frameMessage } from '../../rpc/message-frame.ts'
import { status } from '../../status.ts'
import { addressOf, authorityOf } from './address.ts'
import { readAnswer, type AnswerListener } from './answer.ts'
import { keepConnection } from './connection.ts'
import type { ChannelSecurity } from './dial.ts'

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
  const connection = keepConnection({ address, security, clock, random: parts.random })
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
      /** @param isAgain the server has said once that it did not look at the call */
      async function send(isAgain: boolean): Promise<void> {
        try {
          const session = await connection.ready()
          if (isOver) return
          stream = session.request({ ...fixed, ...headersOf(path, options, clock.now()) }, { endStream: false })
        } catch (error) {
          end(error instanceof Refusal ? error : new Refusal(status.UNAVAILABLE, 'The connection to the trust domain server was lost.', { cause: error }))
          return
        }
        readAnswer(stream, {
          onMessage: (bytes) => isOver || listener.onMessage(bytes),
          onEnd: (refusal, isUntouched) => (isUntouched && !isAgain && !isOver ? void send(true) : end(refusal)),
        })
        stream.end(frameMessage(message))
      }
      void send(false)
      return leave
    },
    close: connection.close,
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

import { constants, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2'
import { MESSAGE_BYTES_MAX } from '@mintmark/contract/grpc'
import { Refusal, toRefusal } from '../../refusal.ts'
import { MessageReader } from '../../rpc/message-reader.ts'
import { status, statusName, statusOf } from '../../status.ts'

/** What a call hears. After `onEnd` nothing follows. */
export interface AnswerListener {
  readonly onMessage: (bytes: Buffer) => void
  /** @param refusal undefined when the server has said all that there is */
  readonly onEnd: (refusal: Refusal | undefined) => void
}

/** How an answer that is no gRPC counts (the document "HTTP to gRPC Status Code Mapping" of the gRPC project). */
const HTTP_CODES: Readonly<Record<number, status>> = {
  400: status.INTERNAL,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.UNIMPLEMENTED,
  429: status.UNAVAILABLE,
  502: status.UNAVAILABLE,
  503: status.UNAVAILABLE,
  504: status.UNAVAILABLE,
}
const HTTP_OK = 200

/** How a stream that was taken back counts ("gRPC over HTTP2", section "Errors"). */
const RESET_CODES: Readonly<Record<number, status>> = {
  [constants.NGHTTP2_REFUSED_STREAM]: status.UNAVAILABLE,
  [constants.NGHTTP2_CANCEL]: status.CANCELLED,
  [constants.NGHTTP2_ENHANCE_YOUR_CALM]: status.RESOURCE_EXHAUSTED,
  [constants.NGHTTP2_INADEQUATE_SECURITY]: status.PERMISSION_DENIED,
}

/**
 * Reads the answer of one stream: messages, then how it ended.
 *
 * @param listener `onEnd` also hears whether the server has said that it never looked at the request, which may then be sent again (RFC 9113 section 8.7)
 */
export function readAnswer(
  stream: ClientHttp2Stream,
  listener: Pick<AnswerListener, 'onMessage'> & { readonly onEnd: (refusal: Refusal | undefined, isUntouched: boolean) => void },
): void {
  const reader = new MessageReader(undefined, () => true, MESSAGE_BYTES_MAX)
  let outcome: { readonly refusal: Refusal | undefined } | undefined
  let isOver = false

  function end(refusal: Refusal | undefined): void {
    if (isOver) return
    isOver = true
    listener.onEnd(refusal, outcome === undefined && stream.rstCode === constants.NGHTTP2_REFUSED_STREAM)
  }
  function broken(): Refusal {
    if (stream.session === undefined || stream.session.destroyed) return new Refusal(status.UNAVAILABLE, 'The connection to the trust domain server was lost.')
    const code = RESET_CODES[stream.rstCode] ?? status.INTERNAL
    return new Refusal(code, `The trust domain server ended the call without a status (HTTP/2 code ${stream.rstCode}).`)
  }
  stream.on('response', (headers) => {
    const http = headers[':status']
    if (http !== undefined && http !== HTTP_OK)
      outcome = { refusal: new Refusal(HTTP_CODES[http] ?? status.UNKNOWN, `The endpoint of the trust domain server answered with HTTP status ${http}.`) }
    else if (headers['grpc-status'] !== undefined) outcome = { refusal: refusalOf(headers) }
  })
  stream.on('trailers', (headers) => (outcome ??= { refusal: refusalOf(headers) }))
  stream.on('data', (piece: Buffer) => {
    if (isOver || outcome !== undefined) return
    try {
      reader.push(piece, listener.onMessage)
    } catch (error) {
      end(toRefusal(error))
      stream.close(constants.NGHTTP2_CANCEL)
    }
  })
  stream.on('end', () => {
    if (outcome !== undefined) end(outcome.refusal)
  })
  // What an error says is said by the close that follows, too.
  stream.on('error', () => undefined)
  stream.on('close', () => end(outcome === undefined ? broken() : outcome.refusal))
}

function refusalOf(headers: IncomingHttpHeaders): Refusal | undefined {
  const text = headers['grpc-status']
  const code = statusOf(typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : status.UNKNOWN)
  if (code === status.OK) return undefined
  const message = headers['grpc-message']
  return new Refusal(code, typeof message === 'string' && message !== '' ? decoded(message) : `The trust domain server answered ${statusName(code)}.`)
}

/** A message that is not percent-encoded as it should be is better than none. */
function decoded(message: string): string {
  try {
    return decodeURIComponent(message)
  } catch {
    return message
  }
}

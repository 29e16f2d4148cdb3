import { status } from '../status.ts'
import type { HeaderField, OnRequest, RequestListener, RequestStream } from '../front/index.ts'
import { Refusal } from '../refusal.ts'
import type { SocketConnection } from '../socket/connection.ts'
import { NO_GRPC_BLOCK } from './blocks.ts'
import { OpenCall } from './call.ts'
import { ENCODINGS } from './message-reader.ts'
import { metadataOf } from './metadata.ts'
import type { Route } from './routes.ts'

/** Hears of every call that has ended: kind, service, method, seconds. */
export type OnHandled = (type: string, service: string, method: string, seconds: number) => void

/** Answers the requests of one connection. */
export type Router = (connection: SocketConnection) => OnRequest

const NANOSECONDS_IN: Readonly<Record<string, number>> = { H: 3.6e12, M: 6e10, S: 1e9, m: 1e6, u: 1e3, n: 1 }
const TIMEOUT_MS_MAX = 2_147_483_647

/** Routes calls by their path, as gRPC over HTTP/2 has them. `:authority` is whatever a client puts there, and nobody asks for it. */
export function createRouter(routes: readonly Route[], onHandled: OnHandled | undefined): Router {
  const byPath = new Map(routes.map((route) => [`/${route.method.parent.typeName}/${route.method.name}`, route]))
  return (connection) => (fields, stream) => {
    const head = headOf(fields)
    if (head.method !== 'POST' || !isGrpc(head.contentType)) {
      stream.end(NO_GRPC_BLOCK)
      return IGNORED
    }
    return openCall(fields, head, { stream, connection, route: byPath.get(head.path), onHandled })
  }
}

/** What of a header block the transport itself asks for. */
interface Head {
  method: string
  path: string
  contentType: string
  encoding: string
  timeout: string | undefined
}

function headOf(fields: readonly HeaderField[]): Head {
  const head: Head = { method: '', path: '', contentType: '', encoding: 'identity', timeout: undefined }
  for (const { name, value } of fields) {
    if (name === ':method') head.method = value
    else if (name === ':path') head.path = value
    else if (name === 'content-type') head.contentType = value
    else if (name === 'grpc-encoding') head.encoding = value
    else if (name === 'grpc-timeout') head.timeout = value
  }
  return head
}

function isGrpc(contentType: string): boolean {
  return contentType === 'application/grpc' || contentType.startsWith('application/grpc+') || contentType.startsWith('application/grpc;')
}

function openCall(
  fields: readonly HeaderField[],
  head: Head,
  parts: {
    readonly stream: RequestStream
    readonly connection: SocketConnection
    readonly route: Route | undefined
    readonly onHandled: OnHandled | undefined
  },
): RequestListener {
  const { stream, connection, route, onHandled } = parts
  const timeoutMs = head.timeout === undefined ? undefined : timeoutMsOf(head.timeout)
  const call = new OpenCall({ stream, connection, metadata: metadataOf(fields), unpack: ENCODINGS[head.encoding], timeoutMs })
  if (route === undefined) call.fail(new Refusal(status.UNIMPLEMENTED, `This agent has no method ${head.path.slice(0, 200)}.`))
  else if (!Object.hasOwn(ENCODINGS, head.encoding)) call.fail(new Refusal(status.UNIMPLEMENTED, 'Messages may be compressed by gzip or deflate.'))
  else if (timeoutMs !== undefined && Number.isNaN(timeoutMs)) call.fail(new Refusal(status.INTERNAL, 'The header grpc-timeout is malformed.'))
  else {
    if (onHandled !== undefined) {
      const startedAt = performance.now()
      const { methodKind, parent, name } = route.method
      call.onClosed(() => onHandled(methodKind, parent.typeName, name, (performance.now() - startedAt) / 1000))
    }
    call.receiver = route.open(call)
  }
  return call
}

/** @returns milliseconds, NaN when the text is none */
function timeoutMsOf(text: string): number {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text)
  const unit = match?.[2] === undefined ? Number.NaN : (NANOSECONDS_IN[match[2]] ?? Number.NaN)
  return Math.min(TIMEOUT_MS_MAX, Math.ceil((Number(match?.[1]) * unit) / 1e6))
}

/** Of a request that is answered already. */
const IGNORED: RequestListener = { onData: () => undefined, onEnd: () => undefined, onAbort: () => undefined }

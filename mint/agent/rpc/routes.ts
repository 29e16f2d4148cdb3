import {
  fromBinary,
  toBinary,
  type DescMessage,
  type DescMethod,
  type DescMethodBiDiStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type MessageShape,
} from '@bufbuild/protobuf'
import { status } from '../status.ts'
import { Refusal, toRefusal } from '../refusal.ts'
import type { Call, CallReceiver, OpenCall } from './call.ts'

/** A method and what answers it. */
export interface Route {
  readonly method: DescMethod
  readonly open: (call: OpenCall) => CallReceiver
}

/** A call with one request. */
export interface RequestCall<Request> extends Call {
  readonly request: Request
}

/** A call whose answer is a stream of messages that are encoded already. */
export interface StreamCall<Request> extends RequestCall<Request> {
  write(message: Uint8Array, onSent?: () => void): void
}

/** A call with streams in both directions. */
export interface DuplexCall<Request, Response> extends Call {
  onMessage: (message: Request) => void
  onHalfClosed: () => void
  readonly write: (message: Response, onSent?: () => void) => void
  readonly finish: () => void
}

/** One question, one answer: a message, or one that is encoded already. What the handler throws is the refusal. */
export function unary<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  answer: (call: RequestCall<MessageShape<I>>) => Promise<MessageShape<O> | Uint8Array>,
): Route {
  async function settle(call: OpenCall, request: MessageShape<I>): Promise<void> {
    try {
      const response = await answer(withRequest(call, request))
      call.send(response instanceof Uint8Array ? response : toBinary(method.output, response))
      call.finish()
    } catch (error) {
      call.fail(toRefusal(error))
    }
  }
  return { method, open: (call) => receiveOne(method.input, call, (request) => void settle(call, request)) }
}

/** One question, many answers. The handler ends the call by a refusal. */
export function serverStream<I extends DescMessage, O extends DescMessage>(
  method: DescMethodServerStreaming<I, O>,
  follow: (call: StreamCall<MessageShape<I>>) => void,
): Route {
  return {
    method,
    open: (call) => receiveOne(method.input, call, (request) => follow(withRequest(call, request))),
  }
}

/** Many questions, many answers. */
export function duplex<I extends DescMessage, O extends DescMessage>(
  method: DescMethodBiDiStreaming<I, O>,
  converse: (call: DuplexCall<MessageShape<I>, MessageShape<O>>) => void,
): Route {
  return {
    method,
    open(call) {
      const conversation: DuplexCall<MessageShape<I>, MessageShape<O>> = {
        metadata: call.metadata,
        connection: call.connection,
        get isOpen() {
          return call.isOpen
        },
        onClosed: (listener) => call.onClosed(listener),
        fail: (refusal) => call.fail(refusal),
        onMessage: () => undefined,
        onHalfClosed: () => call.finish(),
        write: (message, onSent) => call.send(toBinary(method.output, message), onSent),
        finish: () => call.finish(),
      }
      converse(conversation)
      return {
        onMessage: (bytes) => conversation.onMessage(readMessage(method.input, bytes)),
        onHalfClosed: () => conversation.onHalfClosed(),
      }
    },
  }
}

/** Reads exactly one request, and hands it on when the caller has said everything. */
function receiveOne<I extends DescMessage>(input: I, call: OpenCall, take: (request: MessageShape<I>) => void): CallReceiver {
  let request: MessageShape<I> | undefined
  return {
    onMessage(bytes) {
      if (request !== undefined) throw new Refusal(status.INTERNAL, 'The call carries more than one request.')
      request = readMessage(input, bytes)
    },
    onHalfClosed() {
      if (request === undefined) call.fail(new Refusal(status.INTERNAL, 'The call carries no request.'))
      else take(request)
    },
  }
}

function readMessage<I extends DescMessage>(input: I, bytes: Buffer): MessageShape<I> {
  try {
    return fromBinary(input, bytes)
  } catch {
    throw new Refusal(status.INTERNAL, `The request is no ${input.typeName}.`)
  }
}

function withRequest<Request>(call: OpenCall, request: Request): StreamCall<Request> {
  return new StreamView(call, request)
}

/** A call together with its request. */
class StreamView<Request> implements StreamCall<Request> {
  readonly request: Request
  readonly #call: OpenCall

  constructor(call: OpenCall, request: Request) {
    this.#call = call
    this.request = request
  }

  get metadata(): Call['metadata'] {
    return this.#call.metadata
  }
  get connection(): Call['connection'] {
    return this.#call.connection
  }
  get isOpen(): boolean {
    return this.#call.isOpen
  }
  onClosed(listener: () => void): () => void {
    return this.#call.onClosed(listener)
  }
  fail(refusal: Refusal): void {
    this.#call.fail(refusal)
  }
  write(message: Uint8Array, onSent?: () => void): void {
    this.#call.send(message, onSent)
  }
}

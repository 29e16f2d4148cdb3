import { create, fromBinary, toBinary, type DescMessage, type DescMethod, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf'
import { Client, credentials, Metadata, type ClientDuplexStream, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js'

/** A plain gRPC client for tests of the socket: any method, any metadata, and nothing helpful. */
export interface TestClient {
  unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethod & { input: I; output: O },
    request: MessageInitShape<I>,
    metadata?: Metadata,
  ): Promise<MessageShape<O>>
  stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethod & { input: I; output: O },
    request: MessageInitShape<I>,
    metadata?: Metadata,
  ): TestStream<MessageShape<O>>
  duplex<I extends DescMessage, O extends DescMessage>(
    method: DescMethod & { input: I; output: O },
  ): { readonly call: ClientDuplexStream<MessageShape<I>, MessageShape<O>>; readonly answers: TestStream<MessageShape<O>> }
  close(): void
}

/** A stream whose messages are taken one by one. */
export interface TestStream<Message> {
  /** The next message; fails when the stream ends first. */
  next(): Promise<Message>
  /** How the stream ended. */
  readonly ended: Promise<ServiceError | undefined>
  /** Messages that came and were not taken. */
  readonly waiting: number
  cancel(): void
}

/** The header that Workload API clients send. */
export function securityHeader(): Metadata {
  const metadata = new Metadata()
  metadata.set('workload.spiffe.io', 'true')
  return metadata
}

/** A client of the socket at this path; its connection is its own. */
export function connectTestClient(path: string): TestClient {
  const client = new Client(`unix:${path}`, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 })
  const pathOf = (method: DescMethod): string => `/${method.parent.typeName}/${method.name}`
  const write =
    <I extends DescMessage>(schema: I) =>
    (message: MessageShape<I>): Buffer =>
      Buffer.from(toBinary(schema, message))
  const read =
    <O extends DescMessage>(schema: O) =>
    (bytes: Buffer): MessageShape<O> =>
      fromBinary(schema, bytes)
  return {
    unary: (method, request, metadata = securityHeader()) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(pathOf(method), write(method.input), read(method.output), create(method.input, request), metadata, (error, answer) => {
          if (error !== null || answer === undefined) reject(error ?? new Error('no answer'))
          else resolve(answer)
        })
      }),
    stream: (method, request, metadata = securityHeader()) =>
      collect(client.makeServerStreamRequest(pathOf(method), write(method.input), read(method.output), create(method.input, request), metadata)),
    duplex(method) {
      const call = client.makeBidiStreamRequest(pathOf(method), write(method.input), read(method.output), new Metadata())
      return { call, answers: collect(call) }
    },
    close: () => client.close(),
  }
}

function collect<Message>(call: ClientReadableStream<Message> | ClientDuplexStream<never, Message>): TestStream<Message> {
  const messages: Message[] = []
  const takers: { resolve: (message: Message) => void; reject: (error: unknown) => void }[] = []
  let over = false
  const ended = new Promise<ServiceError | undefined>((resolve) => {
    const finish = (error?: ServiceError): void => {
      over = true
      resolve(error)
      for (const { reject } of takers.splice(0)) reject(error ?? new Error('The stream has ended.'))
    }
    call.on('error', finish)
    call.on('end', () => finish())
  })
  call.on('data', (message: Message) => {
    const taker = takers.shift()
    if (taker === undefined) messages.push(message)
    else taker.resolve(message)
  })
  return {
    next() {
      const message = messages.shift()
      if (message !== undefined) return Promise.resolve(message)
      return over ? Promise.reject(new Error('The stream has ended.')) : new Promise((resolve, reject) => takers.push({ resolve, reject }))
    },
    ended,
    get waiting() {
      return messages.length
    },
    cancel: () => call.cancel(),
  }
}

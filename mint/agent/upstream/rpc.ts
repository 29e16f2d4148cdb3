import { fromBinary, toBinary, type DescMessage, type DescMethodServerStreaming, type DescMethodUnary, type MessageShape } from '@bufbuild/protobuf'
import { Metadata, status, type Client, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js'
import { Refusal } from '../refusal.ts'

/** What a call carries beside its message. */
export interface CallOptions {
  readonly bearer?: string
  /** When to give up, milliseconds since 1970; absent for streams that never end. */
  readonly deadline?: number
}

/** One question, one answer. @throws Refusal with the code that the server or the connection gave */
export function callUnary<I extends DescMessage, O extends DescMessage>(
  client: Client,
  method: DescMethodUnary<I, O>,
  request: MessageShape<I>,
  options: CallOptions,
): Promise<MessageShape<O>> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      pathOf(method),
      (message: MessageShape<I>) => asBuffer(toBinary(method.input, message)),
      (bytes: Buffer) => fromBinary(method.output, bytes),
      request,
      metadataOf(options),
      options.deadline === undefined ? {} : { deadline: options.deadline },
      (error, answer) => {
        if (error !== null) reject(refusalOf(error))
        else if (answer === undefined) reject(new Refusal(status.INTERNAL, 'The server answered without a message.'))
        else resolve(answer)
      },
    )
  })
}

/** One question, many answers. */
export function callServerStream<I extends DescMessage, O extends DescMessage>(
  client: Client,
  method: DescMethodServerStreaming<I, O>,
  request: MessageShape<I>,
  options: CallOptions,
): ClientReadableStream<MessageShape<O>> {
  return client.makeServerStreamRequest(
    pathOf(method),
    (message: MessageShape<I>) => asBuffer(toBinary(method.input, message)),
    (bytes: Buffer) => fromBinary(method.output, bytes),
    request,
    metadataOf(options),
    options.deadline === undefined ? {} : { deadline: options.deadline },
  )
}

/** A gRPC error of a call as a refusal. */
export function refusalOf(error: ServiceError): Refusal {
  return new Refusal(error.code, error.details === '' ? `The trust domain server answered ${status[error.code]}.` : error.details)
}

function pathOf(method: DescMethodUnary | DescMethodServerStreaming): string {
  return `/${method.parent.typeName}/${method.name}`
}

function metadataOf({ bearer }: CallOptions): Metadata {
  const metadata = new Metadata()
  if (bearer !== undefined) metadata.set('authorization', `Bearer ${bearer}`)
  return metadata
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

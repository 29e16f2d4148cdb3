import { fromBinary, toBinary, type DescMessage, type DescMethodServerStreaming, type DescMethodUnary, type MessageShape } from '@bufbuild/protobuf'
import { Refusal } from '../refusal.ts'
import { status } from '../status.ts'
import type { CallOptions, Channel } from './channel/index.ts'

/** One question, one answer. @throws Refusal with the code that the server or the connection gave */
export function callUnary<I extends DescMessage, O extends DescMessage>(
  channel: Channel,
  method: DescMethodUnary<I, O>,
  request: MessageShape<I>,
  options: CallOptions,
): Promise<MessageShape<O>> {
  return new Promise((resolve, reject) => {
    let answer: MessageShape<O> | undefined
    channel.call(pathOf(method), toBinary(method.input, request), options, {
      onMessage(bytes) {
        answer ??= fromBinary(method.output, bytes)
      },
      onEnd(refusal) {
        if (refusal !== undefined) reject(refusal)
        else if (answer === undefined) reject(new Refusal(status.INTERNAL, 'The server answered without a message.'))
        else resolve(answer)
      },
    })
  })
}

/** One question, many answers. @returns what takes the question back; nothing is heard afterwards */
export function callServerStream<I extends DescMessage, O extends DescMessage>(
  channel: Channel,
  method: DescMethodServerStreaming<I, O>,
  request: MessageShape<I>,
  options: CallOptions,
  listener: { readonly onMessage: (message: MessageShape<O>) => void; readonly onEnd: (refusal: Refusal | undefined) => void },
): () => void {
  return channel.call(pathOf(method), toBinary(method.input, request), options, {
    onMessage: (bytes) => listener.onMessage(fromBinary(method.output, bytes)),
    onEnd: listener.onEnd,
  })
}

function pathOf(method: DescMethodUnary | DescMethodServerStreaming): string {
  return `/${method.parent.typeName}/${method.name}`
}

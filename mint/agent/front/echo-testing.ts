import { ERROR } from './frames.ts'
import { encodeWithoutState, type HeaderField } from './hpack/index.ts'
import type { OnRequest } from './request-stream.ts'

const field = (name: string, value: string): HeaderField => ({ name, value, sensitive: false })

/** Answers every request with its own body, as gRPC would, and names in a header the authority that was asked for. */
export const echo: OnRequest = (fields, stream) => {
  const authority = fields.find(({ name }) => name === ':authority')?.value ?? ''
  stream.respond(
    encodeWithoutState({
      fields: [field(':status', '200'), field('content-type', 'application/grpc'), field('x-authority', authority.slice(0, 100))],
      tableSizes: [],
    }),
  )
  return {
    onData(bytes) {
      if (!stream.hold(bytes.length)) {
        stream.reset(ERROR.enhanceYourCalm)
        return
      }
      stream.write(Buffer.from(bytes), () => stream.hold(-bytes.length))
    },
    onEnd: () => stream.end(encodeWithoutState({ fields: [field('grpc-status', '0')], tableSizes: [] })),
    onAbort: () => undefined,
  }
}

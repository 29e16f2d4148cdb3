import { encodeWithoutState, type HeaderField } from '../front/index.ts'

/** Longest sentence that goes out with a status, in bytes after encoding: a header block of ours fits into one frame. */
const MESSAGE_BYTES_MAX = 4_096

/** What every answer begins with. */
export const ANSWER_BLOCK = blockOf([
  [':status', '200'],
  ['content-type', 'application/grpc'],
])

/** What every answer ends with that was given. */
export const DONE_BLOCK = blockOf([['grpc-status', '0']])

/** For a caller that does not speak gRPC. */
export const NO_GRPC_BLOCK = blockOf([[':status', '415']])

/** The end of a call that was refused. @param isWhole nothing was sent before, so this is the whole answer */
export function refusalBlock(code: number, message: string, isWhole: boolean): Buffer {
  return blockOf([
    ...(isWhole
      ? ([
          [':status', '200'],
          ['content-type', 'application/grpc'],
          ['grpc-accept-encoding', 'identity,deflate,gzip'],
        ] as const)
      : []),
    ['grpc-status', String(code)],
    ['grpc-message', encodeMessage(message)],
  ])
}

/** Printable ASCII stays; everything else and the percent sign are percent-encoded as UTF-8 (gRPC over HTTP/2, "Status-Message"). */
function encodeMessage(message: string): string {
  const encoded = message.replaceAll(/[^ -$&-~]+/g, (text) =>
    [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
  return encoded.length <= MESSAGE_BYTES_MAX ? encoded : encoded.slice(0, MESSAGE_BYTES_MAX).replace(/%[0-9A-F]?$/, '')
}

function blockOf(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return encodeWithoutState({ fields: fields.map(([name, value]): HeaderField => ({ name, value, sensitive: false })), tableSizes: [] })
}

/** A flag that says whether the message is compressed, and its length ("gRPC over HTTP2", Length-Prefixed-Message). */
export const PREFIX_BYTES = 5

/** A message as it stands in a body, not compressed. */
export function frameMessage(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(PREFIX_BYTES + message.length)
  framed[0] = 0
  framed.writeUInt32BE(message.length, 1)
  framed.set(message, PREFIX_BYTES)
  return framed
}

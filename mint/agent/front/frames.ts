/** Frame types of RFC 9113 section 6 that matter here. */
export const FRAME = { headers: 1, settings: 4, pushPromise: 5, continuation: 9 } as const

/** Flags of HEADERS and CONTINUATION. */
export const FLAG = { endStream: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const

/** SETTINGS_HEADER_TABLE_SIZE. */
const SETTING_HEADER_TABLE_SIZE = 1
const SETTING_BYTES = 6

/** Bytes in front of each frame's payload. */
export const FRAME_HEADER_BYTES = 9
/** Exclusive bit, dependency and weight. */
const PRIORITY_BYTES = 5

/** What a client sends first (RFC 9113 section 3.4). */
export const CLIENT_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/** The nine bytes in front of a payload. */
export interface FrameHeader {
  readonly length: number
  readonly type: number
  readonly flags: number
  readonly streamId: number
}

/** Reads a frame header; the buffer must hold nine bytes from `at`. */
export function readFrameHeader(bytes: Buffer, at: number): FrameHeader {
  return { length: bytes.readUIntBE(at, 3), type: bytes.readUInt8(at + 3), flags: bytes.readUInt8(at + 4), streamId: bytes.readUInt32BE(at + 5) & 0x7fffffff }
}

/** Writes a frame header into `bytes` at `at`. */
export function writeFrameHeader(bytes: Buffer, at: number, { length, type, flags, streamId }: FrameHeader): void {
  bytes.writeUIntBE(length, at, 3)
  bytes.writeUInt8(type, at + 3)
  bytes.writeUInt8(flags, at + 4)
  bytes.writeUInt32BE(streamId, at + 5)
}

/** A byte sequence that HTTP/2 does not allow or that is beyond a limit. It ends its own connection and nothing else. */
export class ProtocolViolationError extends Error {
  constructor(happened: string) {
    super(happened)
    this.name = 'ProtocolViolationError'
  }
}

/** A HEADERS payload without its padding: the priority, when there is one, and the part of the header block (RFC 9113 section 6.2). */
export function readHeadersPayload(payload: Buffer, flags: number): { readonly priority: Buffer; readonly fragment: Buffer } {
  const padded = (flags & FLAG.padded) !== 0
  const padding = padded ? payload[0] : 0
  const from = padded ? 1 : 0
  const priorityTo = from + ((flags & FLAG.priority) === 0 ? 0 : PRIORITY_BYTES)
  if (padding === undefined || priorityTo + padding > payload.length)
    throw new ProtocolViolationError('a HEADERS frame is shorter than its padding and priority')
  return { priority: payload.subarray(from, priorityTo), fragment: payload.subarray(priorityTo, payload.length - padding) }
}

/** Wraps a header block into one HEADERS frame and as many CONTINUATION frames as it needs. */
export function writeHeaderFrames(frame: {
  readonly streamId: number
  readonly endStream: boolean
  readonly priority: Buffer
  readonly block: Buffer
  readonly frameBytesMax: number
}): Buffer {
  const { streamId, priority, block, frameBytesMax } = frame
  const firstBytes = Math.min(block.length, frameBytesMax - priority.length)
  const frames = 1 + Math.ceil((block.length - firstBytes) / frameBytesMax)
  const written = Buffer.allocUnsafe(frames * FRAME_HEADER_BYTES + priority.length + block.length)
  const flags = (frame.endStream ? FLAG.endStream : 0) | (priority.length > 0 ? FLAG.priority : 0)
  writeFrameHeader(written, 0, { length: priority.length + firstBytes, type: FRAME.headers, flags: flags | (frames === 1 ? FLAG.endHeaders : 0), streamId })
  let position = FRAME_HEADER_BYTES
  position += priority.copy(written, position)
  position += block.copy(written, position, 0, firstBytes)
  for (let sent = firstBytes; sent < block.length;) {
    const length = Math.min(block.length - sent, frameBytesMax)
    const last = sent + length === block.length
    writeFrameHeader(written, position, { length, type: FRAME.continuation, flags: last ? FLAG.endHeaders : 0, streamId })
    position += FRAME_HEADER_BYTES
    position += block.copy(written, position, sent, sent + length)
    sent += length
  }
  return written
}

/** The header table size in a SETTINGS payload, in bytes; undefined when it does not name one. */
export function headerTableSizeOf(settings: Buffer): number | undefined {
  let size: number | undefined
  for (let at = 0; at + SETTING_BYTES <= settings.length; at += SETTING_BYTES) {
    if (settings.readUInt16BE(at) === SETTING_HEADER_TABLE_SIZE) size = settings.readUInt32BE(at + 2)
  }
  return size
}

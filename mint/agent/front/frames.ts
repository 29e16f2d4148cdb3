/** Frame types of RFC 9113 section 6. */
export const FRAME = { data: 0, headers: 1, priority: 2, reset: 3, settings: 4, pushPromise: 5, ping: 6, goAway: 7, windowUpdate: 8, continuation: 9 } as const

/** Flags of DATA, HEADERS and CONTINUATION; SETTINGS and PING use the first one as their acknowledgement. */
export const FLAG = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const

/** Error codes of RFC 9113 section 7. */
export const ERROR = {
  none: 0,
  protocol: 1,
  internal: 2,
  flowControl: 3,
  streamClosed: 5,
  frameSize: 6,
  refusedStream: 7,
  cancel: 8,
  compression: 9,
  enhanceYourCalm: 11,
} as const

/** Settings of RFC 9113 section 6.5.2. */
export const SETTING = { headerTableSize: 1, enablePush: 2, maxConcurrentStreams: 3, initialWindowSize: 4, maxFrameSize: 5, maxHeaderListSize: 6 } as const
/** Bytes of one setting. */
export const SETTING_BYTES = 6

/** Windows of both sides before anybody says otherwise (RFC 9113 section 6.9). */
export const WINDOW_BYTES = 65_535
/** The largest window there may be. */
export const WINDOW_BYTES_MAX = 2_147_483_647

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

/** A whole frame. */
export function writeFrame(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  const written = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length)
  writeFrameHeader(written, 0, { length: payload.length, type, flags, streamId })
  written.set(payload, FRAME_HEADER_BYTES)
  return written
}

/** A frame whose payload is one 32-bit number: RST_STREAM and WINDOW_UPDATE. */
export function writeNumberFrame(type: number, streamId: number, value: number): Buffer {
  const written = Buffer.allocUnsafe(FRAME_HEADER_BYTES + 4)
  writeFrameHeader(written, 0, { length: 4, type, flags: 0, streamId })
  written.writeUInt32BE(value, FRAME_HEADER_BYTES)
  return written
}

/** The frame that ends a connection and says why. */
export function writeGoAway(lastStreamId: number, code: number): Buffer {
  const payload = Buffer.alloc(8)
  payload.writeUInt32BE(lastStreamId, 0)
  payload.writeUInt32BE(code, 4)
  return writeFrame(FRAME.goAway, 0, 0, payload)
}

/** A SETTINGS frame. */
export function writeSettings(settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(settings.length * SETTING_BYTES)
  for (const [index, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, index * SETTING_BYTES)
    payload.writeUInt32BE(value, index * SETTING_BYTES + 2)
  }
  return writeFrame(FRAME.settings, 0, 0, payload)
}

/** A byte sequence that HTTP/2 does not allow or that is beyond a limit. It ends its own connection and nothing else. */
export class ProtocolViolationError extends Error {
  /** The code of the GOAWAY frame that tells the client. */
  readonly code: number

  constructor(happened: string, code: number = ERROR.protocol) {
    super(happened)
    this.name = 'ProtocolViolationError'
    this.code = code
  }
}

/** A DATA or HEADERS payload without its padding and priority (RFC 9113 sections 6.1 and 6.2). */
export function withoutPadding(payload: Buffer, type: number, flags: number): Buffer {
  const padded = (flags & FLAG.padded) !== 0
  const hasPriority = type === FRAME.headers && (flags & FLAG.priority) !== 0
  if (!padded && !hasPriority) return payload
  const padding = padded ? payload[0] : 0
  const from = (padded ? 1 : 0) + (hasPriority ? PRIORITY_BYTES : 0)
  if (padding === undefined || from + padding > payload.length) throw new ProtocolViolationError('a frame is shorter than its padding and priority')
  return payload.subarray(from, payload.length - padding)
}

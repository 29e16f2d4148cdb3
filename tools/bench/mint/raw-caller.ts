import { createConnection, type Socket } from 'node:net'

/**
 * A caller of FetchX509SVID that costs next to nothing, so that the agent is measured and not a client library: the request is one
 * constant, and of what comes back only the frames that matter are looked at (RFC 9113 section 4.1).
 */

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')
const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6 } as const
const FRAME_HEAD_BYTES = 9
const END_STREAM = 1
const END_HEADERS = 4
const ACK = 1
const ROOT = 0

function frame(type: number, flags: number, stream: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES)
  head.writeUIntBE(body.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, body])
}

/** A header as a literal without indexing (RFC 7541 section 6.2.2); names and values here are shorter than 127 bytes. */
function literal(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name, 'latin1'), Buffer.from([value.length]), Buffer.from(value, 'latin1')])
}

const HEADERS = Buffer.concat(
  Object.entries({
    ':method': 'POST',
    ':scheme': 'http',
    ':path': '/SpiffeWorkloadAPI/FetchX509SVID',
    ':authority': 'localhost',
    'content-type': 'application/grpc',
    te: 'trailers',
    'workload.spiffe.io': 'true',
  }).map(([name, value]) => literal(name, value)),
)
const EMPTY_MESSAGE = Buffer.alloc(5)
const REQUEST = Buffer.concat([
  PREFACE,
  frame(FRAME.settings, 0, 0, Buffer.alloc(0)),
  frame(FRAME.headers, END_HEADERS, 1, HEADERS),
  frame(FRAME.data, END_STREAM, 1, EMPTY_MESSAGE),
])
const SETTINGS_ACK = frame(FRAME.settings, ACK, 0, Buffer.alloc(0))

/** A stream of X.509-SVIDs. */
export interface RawStream {
  /** Milliseconds from before the connection was opened to the first message. */
  readonly firstMs: number
  /** Settles when this side is done with it. */
  close(): Promise<void>
}

/** Opens a connection and a stream, and settles with the first message. @throws Error when the stream ends without one */
function openRawStream(socketPath: string): Promise<RawStream> {
  const startedAt = performance.now()
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath)
    const refuse = (reason: string): void => {
      socket.destroy()
      reject(new Error(reason))
    }
    socket.on('error', (error) => refuse(error.message))
    socket.on('close', () => refuse('The agent closed the connection.'))
    socket.write(REQUEST)
    readFrames(socket, (type, flags, body) => {
      if (type === FRAME.settings && (flags & ACK) === 0) socket.write(SETTINGS_ACK)
      else if (type === FRAME.ping && (flags & ACK) === 0) socket.write(frame(FRAME.ping, ACK, 0, body))
      else if (type === FRAME.data && body.length > 0) resolve({ firstMs: performance.now() - startedAt, close: () => closed(socket) })
      else if ((type === FRAME.headers && (flags & END_STREAM) !== 0) || type === FRAME.reset) refuse('The agent refused the call.')
    })
  })
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve())
    socket.destroy()
  })
}

function readFrames(socket: Socket, onFrame: (type: number, flags: number, body: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= FRAME_HEAD_BYTES) {
      const end = FRAME_HEAD_BYTES + rest.readUIntBE(0, 3)
      if (rest.length < end) return
      onFrame(rest[3] ?? 0, rest[4] ?? 0, rest.subarray(FRAME_HEAD_BYTES, end))
      rest = rest.subarray(end)
    }
  })
}

/** Whether callers can be of many users here: only root may change who it is. */
export const canBeOthers = (): boolean => process.geteuid?.() === ROOT

/** The same as another user: the kernel notes who connects at the moment of connecting, which for Unix sockets is in the call itself. */
export function openRawStreamAs(userId: number, socketPath: string): Promise<RawStream> {
  if (!canBeOthers()) return openRawStream(socketPath)
  process.seteuid?.(userId)
  try {
    return openRawStream(socketPath)
  } finally {
    process.seteuid?.(ROOT)
  }
}

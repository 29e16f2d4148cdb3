/** What one connection and all of them together may cost. Each limit that is reached ends a connection, never the process. */
export interface FrontLimits {
  /** SETTINGS_MAX_FRAME_SIZE that the server announces, by default the least there is (RFC 9113 section 6.5.2). */
  readonly frameBytesMax: number
  /** Encoded bytes of one header block with all its continuations. Room for a token of 16 KB and its neighbours. */
  readonly headerBlockBytesMax: number
  /** Decoded bytes of one header list, counted as in RFC 9113 section 6.5.2: what a small block may unfold to. */
  readonly headerListBytesMax: number
  /** CONTINUATION frames of one header block, empty ones included. */
  readonly continuationFramesMax: number
  /** Requests at once over one connection; one more is refused. */
  readonly requestsMax: number
  /** Bytes of unfinished messages that a connection's requests may hold together. */
  readonly heldBytesMax: number
  /** Bytes that wait to be read by a client before no more answers are put behind them. */
  readonly unsentBytes: number
  /** Bytes that wait to be read by a client, acknowledgements included: whoever asks for that much and reads nothing is no client. */
  readonly unsentBytesMax: number
  /** Requests that a client may take back at once, and those it may take back each second for good. */
  readonly resetsMax: number
  readonly resetsPerSecond: number
  readonly connectionsMax: number
  /** Root runs many pods' processes, so one user may hold most of the connections, but never all. */
  readonly connectionsPerUserMax: number
  readonly connectionsPerProcessMax: number
  /** From connecting to the first complete header block. Clients that connect ahead of their first call come back by themselves. */
  readonly firstRequestSeconds: number
  /** How long a peer may leave everything unread that we have written. */
  readonly stalledWriteSeconds: number
}

/** What is used where a caller names nothing else. */
export const DEFAULT_FRONT_LIMITS: FrontLimits = {
  frameBytesMax: 16_384,
  headerBlockBytesMax: 65_536,
  headerListBytesMax: 65_536,
  continuationFramesMax: 16,
  requestsMax: 256,
  heldBytesMax: 4 * 1024 * 1024,
  unsentBytes: 64 * 1024,
  unsentBytesMax: 1024 * 1024,
  resetsMax: 1_000,
  resetsPerSecond: 33,
  connectionsMax: 16_384,
  connectionsPerUserMax: 12_288,
  connectionsPerProcessMax: 10_240,
  firstRequestSeconds: 60,
  stalledWriteSeconds: 60,
}

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
  connectionsMax: 16_384,
  connectionsPerUserMax: 12_288,
  connectionsPerProcessMax: 10_240,
  firstRequestSeconds: 60,
  stalledWriteSeconds: 60,
}

/** Bounds of the embedded server (law 7). */
export const EMBEDDED_LIMITS = {
  /** Connections at once. */
  connectionsMax: 40,
  /** Milliseconds to wait until a started server answers, crash recovery included. */
  readyMsMax: 120_000,
  /** Milliseconds of an orderly stop before the server is told to stop at once. */
  stopMsMax: 30_000,
  /** First and last pause before a crashed server is started again; the pause doubles in between. */
  restartPauseMsMin: 100,
  restartPauseMsMax: 10_000,
  /** Milliseconds of running after which a crash counts as the first one again. */
  stableMs: 60_000,
  /** Milliseconds between two looks at a server that is not our child. */
  watchMs: 200,
  /** Bytes of the server's log at which a start begins a new one. */
  logBytesMax: 4 * 1024 * 1024,
  /** Bytes of a Unix socket's address, its end included (sun_path on Linux 108, on macOS 104). */
  socketPathBytesMax: 104,
} as const

/** Name of the only role, and of the product's database. */
export const ROLE = 'mintmark'

/**
 * Settings that every embedded server runs with. Durability stays PostgreSQL's default: fsync and full page writes are on.
 * Logs hold neither statements nor values (law 1): DETAIL lines of errors would quote keys.
 */
export const SERVER_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  port: '5432',
  max_connections: String(EMBEDDED_LIMITS.connectionsMax),
  shared_buffers: '256MB',
  work_mem: '32MB',
  maintenance_work_mem: '128MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  wal_level: 'minimal',
  max_wal_senders: '0',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  // The indexes of a large scan's own parts are built while nothing else of it can go on.
  max_parallel_maintenance_workers: '1',
  io_method: 'sync',
  client_connection_check_interval: '5s',
  log_min_messages: 'warning',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_parameter_max_length: '0',
  timezone: 'UTC',
  log_timezone: 'UTC',
}

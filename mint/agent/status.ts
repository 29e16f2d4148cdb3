/**
 * Codes of gRPC (the document "Status codes and their use in gRPC" of its project). Written here, because the library that brings them would cost every
 * node as much memory as the rest of the agent's code.
 */
export const status = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const

/** One of the codes. */
export type status = (typeof status)[keyof typeof status]

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(status).map(([name, code]) => [code, name]))
const CODES: ReadonlyMap<number, status> = new Map(Object.values(status).map((code) => [code, code]))

/** The name of a code, as logs and metrics have it. */
export function statusName(code: number): string {
  return NAMES.get(code) ?? String(code)
}

/** A number of somebody else as a code; UNKNOWN when it is none. */
export function statusOf(code: number): status {
  return CODES.get(code) ?? status.UNKNOWN
}

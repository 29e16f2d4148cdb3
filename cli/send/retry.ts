import { ApiError, ServerUnreachableError } from '@mintmark/contract/http'
import { setTimeout as wait } from 'node:timers/promises'

/** How long a silent server is waited for. */
export interface Patience {
  /** From the first failure of one request on. */
  readonly totalMs: number
  readonly firstPauseMs: number
  readonly longestPauseMs: number
}

/** A scan that has begun waits for a restart or an upgrade of the server. */
export const PATIENT: Patience = { totalMs: 600_000, firstPauseMs: 250, longestPauseMs: 15_000 }
/** The first contact fails soon: then the address is probably wrong. */
export const BRIEF: Patience = { totalMs: 5_000, firstPauseMs: 250, longestPauseMs: 1_000 }

/** True for what a later attempt can change: silence, overload, a server that starts or restarts. */
function isWorthRetrying(error: unknown): boolean {
  if (error instanceof ServerUnreachableError) return true
  return error instanceof ApiError && (error.problem.status >= 500 || error.problem.status === 429)
}

/**
 * Repeats an idempotent request until it succeeds, is refused, or patience ends; then the last error is thrown.
 *
 * @param onPause told before each pause, so that a person sees why nothing moves
 */
export async function withPatience<Answer>(
  patience: Patience,
  signal: AbortSignal,
  request: () => Promise<Answer>,
  onPause: (error: unknown) => void = () => undefined,
): Promise<Answer> {
  const startedAt = performance.now()
  for (let pauseMs = patience.firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, patience.longestPauseMs)) {
    try {
      return await request()
    } catch (error) {
      signal.throwIfAborted()
      if (!isWorthRetrying(error) || performance.now() - startedAt + pauseMs > patience.totalMs) throw error
      onPause(error)
      // Many scanners lose one server at the same moment; jitter keeps them from coming back at the same moment too.
      await wait(pauseMs * (0.5 + Math.random() / 2), undefined, { signal })
    }
  }
}

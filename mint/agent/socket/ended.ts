/** Why a signal of a call aborts. One value for all: an error with a stack each time would cost more than the call. */
export const CALL_ENDED = 'The call has ended.'

/** A signal that aborts when the call ends, however it ends. */
export function endOf(call: { onClosed(listener: () => void): void }): AbortSignal {
  const ended = new AbortController()
  call.onClosed(() => ended.abort(CALL_ENDED))
  return ended.signal
}

/** Why a signal of a call aborts. One value for all: grpc-js tells the end of every call, and an error with a stack each time would cost more than the call. */
export const CALL_ENDED = 'The call has ended.'

/** A signal that aborts when the call ends, however it ends. */
export function endOf(call: { once(event: 'cancelled', listener: () => void): unknown }): AbortSignal {
  const ended = new AbortController()
  call.once('cancelled', () => ended.abort(CALL_ENDED))
  return ended.signal
}

import { type Refusal, toRefusal } from '../refusal.ts'
import type { StreamCall } from '../rpc/routes.ts'

/** A stream of states to one caller: each message is the full state, and only the newest one counts. */
export interface StateStream {
  /** Sends the state unless it is the one sent last. A slow reader skips what it had no time for. */
  offer(message: Buffer): void
  end(refusal: Refusal): void
  isOpen(): boolean
}

/**
 * At most one message is on its way and one waits, whatever the reader does: memory per stream is bounded.
 *
 * @param assertSendable is asked right before each message, and ends the stream by throwing
 */
export function createStateStream(call: StreamCall<unknown>, assertSendable: () => void): StateStream {
  let last: Buffer | undefined
  let next: Buffer | undefined
  let isSending = false
  let isOpen = true
  call.onClosed(() => {
    isOpen = false
    next = undefined
  })
  function end(refusal: Refusal): void {
    if (!isOpen) return
    isOpen = false
    next = undefined
    call.fail(refusal)
  }
  function send(): void {
    if (next === undefined || isSending || !isOpen) return
    const message = next
    next = undefined
    if (last?.equals(message) === true) return
    try {
      assertSendable()
    } catch (error) {
      end(toRefusal(error))
      return
    }
    isSending = true
    last = message
    call.write(message, () => {
      isSending = false
      send()
    })
  }
  return {
    offer(message) {
      next = message
      send()
    },
    end,
    isOpen: () => isOpen,
  }
}

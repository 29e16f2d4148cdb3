import type { Socket } from 'node:net'

/** How long sockets are closed in one go, in milliseconds: as long as a caller who comes meanwhile may have to wait for them. */
const TURN_MS = 1

/**
 * Closes the sockets of clients that have left, a few in each turn of the event loop: closing one takes the kernel some 20 microseconds, and
 * when a herd of thousands leaves at once, the next caller would wait for all of them.
 */
export function createDepartures(): (socket: Socket) => void {
  let left: Socket[] = []
  function closeSome(): void {
    const until = performance.now() + TURN_MS
    for (const [index, socket] of left.entries()) {
      socket.destroy()
      if (performance.now() < until) continue
      left = left.slice(index + 1)
      if (left.length > 0) setImmediate(closeSome)
      return
    }
    left = []
  }
  return (socket) => {
    if (left.push(socket) === 1) setImmediate(closeSome)
  }
}

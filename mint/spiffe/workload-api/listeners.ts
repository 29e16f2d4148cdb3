/** Who wants to hear of changes. One that throws does not keep the others from hearing. */
export function createListeners(): { readonly add: (listener: () => void) => () => void; readonly tell: () => void } {
  const listeners = new Set<() => void>()
  return {
    add: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    tell: () => {
      for (const listener of listeners) {
        try {
          listener()
        } catch (error) {
          // Thrown again outside: the mistake is the listener's and must be seen, but not by the stream.
          queueMicrotask(() => {
            throw error
          })
        }
      }
    },
  }
}

import type { DescService } from '@bufbuild/protobuf'
import type { UntypedServiceImplementation } from '@grpc/grpc-js'

/** Hears of every call that has ended: kind, service, method, seconds. */
export type OnHandled = (type: string, service: string, method: string, seconds: number) => void

/** A call as far as its time matters: it closes once, however it ends. */
interface TimedCall {
  once(event: 'cancelled' | 'finish' | 'close', listener: () => void): unknown
}

/** The same handlers, with their time taken; without a hearer the handlers themselves. */
export function timed(service: DescService, handlers: UntypedServiceImplementation, onHandled: OnHandled | undefined): UntypedServiceImplementation {
  if (onHandled === undefined) return handlers
  const wrapped: UntypedServiceImplementation = {}
  for (const method of service.methods) {
    const handler = handlers[method.localName]
    // grpc-js tells the kinds of handlers apart by the definition only, so the types cannot.
    if (typeof handler !== 'function') continue
    wrapped[method.localName] = (call: TimedCall, callback?: (...answer: unknown[]) => void) => {
      const startedAt = performance.now()
      let isOpen = true
      const end = (): void => {
        if (!isOpen) return
        isOpen = false
        onHandled(method.methodKind, service.typeName, method.name, (performance.now() - startedAt) / 1000)
      }
      const answer = (...parts: unknown[]): void => {
        end()
        callback?.(...parts)
      }
      if (callback === undefined) for (const event of ['cancelled', 'finish', 'close'] as const) call.once(event, end)
      Reflect.apply(handler, handlers, callback === undefined ? [call] : [call, answer])
    }
  }
  return wrapped
}

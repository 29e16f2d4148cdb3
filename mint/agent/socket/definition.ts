import type { ServiceDefinition } from '@grpc/grpc-js'
import { serviceDefinition } from '@mintmark/contract/grpc'

type AnyService = Parameters<typeof serviceDefinition>[0]

/** A service whose named methods answer with bytes that are encoded already: one encoding serves a thousand streams. */
export function encodedDefinition(service: AnyService, methods: readonly string[]): ServiceDefinition {
  const definition = serviceDefinition(service)
  return Object.fromEntries(
    Object.entries(definition).map(([name, method]) => [name, methods.includes(name) ? { ...method, responseSerialize: (bytes: Buffer) => bytes } : method]),
  )
}

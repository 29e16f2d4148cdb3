import { fromBinary, toBinary, type DescMessage, type DescService } from '@bufbuild/protobuf'
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js'

/** Largest message that a service of ours reads or writes, in bytes; the default of gRPC. */
export const MESSAGE_BYTES_MAX = 4 * 1024 * 1024

/** A method of a service as grpc-js wants it: a path, and what turns messages into bytes and back. */
type AnyMethod = MethodDefinition<object, object>

/**
 * A generated service as a definition for grpc-js, for `server.addService` and for clients.
 * Method names are the ones of the contract with a small first letter, as protobuf-es names them.
 */
export function serviceDefinition(service: DescService): ServiceDefinition {
  const methods: Record<string, AnyMethod> = {}
  for (const method of service.methods) {
    methods[method.localName] = {
      path: `/${service.typeName}/${method.name}`,
      originalName: method.localName,
      requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
      responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
      ...codecOf('request', method.input),
      ...codecOf('response', method.output),
    }
  }
  return methods
}

function codecOf(side: 'request', message: DescMessage): Pick<AnyMethod, 'requestSerialize' | 'requestDeserialize'>
function codecOf(side: 'response', message: DescMessage): Pick<AnyMethod, 'responseSerialize' | 'responseDeserialize'>
function codecOf(side: 'request' | 'response', message: DescMessage): object {
  // A Buffer over the same bytes: grpc-js asks for one, and a copy would double the cost of large answers.
  const serialize = (value: never): Buffer => {
    const bytes = toBinary(message, value)
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
  const deserialize = (bytes: Buffer): object => fromBinary(message, bytes)
  return { [`${side}Serialize`]: serialize, [`${side}Deserialize`]: deserialize }
}

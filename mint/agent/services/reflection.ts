import { create, toBinary, type DescFile, type DescService } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { status, type ServerDuplexStream, type UntypedServiceImplementation } from '@grpc/grpc-js'
import { reflectionApi } from '@mintmark/contract/grpc'

/** Questions that one reflection stream may ask. */
const QUESTIONS_MAX = 1_000

/** v1alpha has the same messages under another name, so its requests are read as those of v1. */
type Request = reflectionApi.ServerReflectionRequest
type Answer = reflectionApi.ServerReflectionResponse['messageResponse']

/**
 * The handlers of gRPC server reflection over these services; v1 and v1alpha have the same messages under two names.
 * No security header is asked for (rule 25): it tells what the protocol is, not who anybody is.
 */
export function createReflection(services: readonly DescService[]): UntypedServiceImplementation {
  const files = filesOf(services)
  const symbols = symbolsOf(files)
  return {
    serverReflectionInfo(call: ServerDuplexStream<Request, reflectionApi.ServerReflectionResponse>) {
      let questions = 0
      call.on('data', (request: Request) => {
        questions += 1
        if (questions > QUESTIONS_MAX) {
          call.emit('error', { code: status.RESOURCE_EXHAUSTED, details: `A reflection stream may ask ${QUESTIONS_MAX} questions.` })
          return
        }
        call.write(
          create(reflectionApi.ServerReflectionResponseSchema, {
            validHost: request.host,
            originalRequest: request,
            messageResponse: answer(request, services, files, symbols),
          }),
        )
      })
      call.on('end', () => call.end())
    },
  }
}

function answer(request: Request, services: readonly DescService[], files: ReadonlyMap<string, DescFile>, symbols: ReadonlyMap<string, DescFile>): Answer {
  const { messageRequest } = request
  switch (messageRequest.case) {
    case 'listServices':
      return {
        case: 'listServicesResponse',
        value: create(reflectionApi.ListServiceResponseSchema, { service: services.map(({ typeName }) => ({ name: typeName })) }),
      }
    case 'fileByFilename':
      return fileAnswer(files.get(messageRequest.value))
    case 'fileContainingSymbol':
      return fileAnswer(symbols.get(messageRequest.value))
    case 'fileContainingExtension':
    case 'allExtensionNumbersOfType':
      return failure(status.NOT_FOUND, 'The services of this agent have no extensions.')
    default:
      return failure(status.INVALID_ARGUMENT, 'The question is not one of server reflection.')
  }
}

/** A file goes out with everything that it imports, so that one question is enough. */
function fileAnswer(file: DescFile | undefined): Answer {
  if (file === undefined) return failure(status.NOT_FOUND, 'This agent knows no such file or symbol.')
  const fileDescriptorProto = [...closureOf([file])].map((one) => toBinary(FileDescriptorProtoSchema, one.proto))
  return { case: 'fileDescriptorResponse', value: create(reflectionApi.FileDescriptorResponseSchema, { fileDescriptorProto }) }
}

function failure(errorCode: status, errorMessage: string): Answer {
  return { case: 'errorResponse', value: create(reflectionApi.ErrorResponseSchema, { errorCode, errorMessage }) }
}

function filesOf(services: readonly DescService[]): ReadonlyMap<string, DescFile> {
  return new Map([...closureOf(services.map(({ file }) => file))].map((file) => [file.proto.name, file]))
}

function closureOf(files: readonly DescFile[]): Set<DescFile> {
  const found = new Set<DescFile>()
  const left = [...files]
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    if (found.has(file)) continue
    found.add(file)
    left.push(...file.dependencies)
  }
  return found
}

function symbolsOf(files: ReadonlyMap<string, DescFile>): ReadonlyMap<string, DescFile> {
  const symbols = new Map<string, DescFile>()
  for (const file of files.values()) {
    for (const { typeName } of [...file.messages, ...file.enums]) symbols.set(typeName, file)
    for (const service of file.services) {
      symbols.set(service.typeName, file)
      for (const method of service.methods) symbols.set(`${service.typeName}.${method.name}`, file)
    }
  }
  return symbols
}

import { create, toBinary, type DescFile, type DescService } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { status } from '../status.ts'
import { reflectionAlphaApi, reflectionApi } from '@mintmark/contract/grpc'
import { Refusal } from '../refusal.ts'
import { duplex, type DuplexCall, type Route } from '../rpc/routes.ts'

/** Questions that one reflection stream may ask. */
const QUESTIONS_MAX = 1_000

type Request = reflectionApi.ServerReflectionRequest
type Answer = reflectionApi.ServerReflectionResponse['messageResponse']

/**
 * The methods of gRPC server reflection over these services and over itself. No security header is asked for (rule 25): it tells
 * what the protocol is, not who anybody is.
 */
export function createReflection(described: readonly DescService[]): readonly Route[] {
  const [first, alpha] = [reflectionApi.ServerReflection, reflectionAlphaApi.ServerReflection]
  const services = [...described, first, alpha]
  let known: { readonly files: ReadonlyMap<string, DescFile>; readonly symbols: ReadonlyMap<string, DescFile> } | undefined
  function converse(call: DuplexCall<Request, reflectionApi.ServerReflectionResponse>): void {
    let questions = 0
    call.onMessage = (request) => {
      questions += 1
      if (questions > QUESTIONS_MAX) throw new Refusal(status.RESOURCE_EXHAUSTED, `A reflection stream may ask ${QUESTIONS_MAX} questions.`)
      known ??= indexOf(services)
      const messageResponse = answer(request, services, known.files, known.symbols)
      call.write(create(reflectionApi.ServerReflectionResponseSchema, { validHost: request.host, originalRequest: request, messageResponse }))
    }
  }
  const route = duplex(first.method.serverReflectionInfo, converse)
  // The older version has the same messages under another name, so it is read and written as the newer one.
  return [route, { ...route, method: alpha.method.serverReflectionInfo }]
}

/** Made when somebody asks: most agents are never asked. */
function indexOf(services: readonly DescService[]): { readonly files: ReadonlyMap<string, DescFile>; readonly symbols: ReadonlyMap<string, DescFile> } {
  const files = filesOf(services)
  return { files, symbols: symbolsOf(files) }
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

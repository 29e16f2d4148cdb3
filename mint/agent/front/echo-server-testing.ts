import { type ServerDuplexStream, type ServerUnaryCall, type sendUnaryData, Server, ServerCredentials } from '@grpc/grpc-js'
import { listenOnSocket } from './index.ts'

/** The program that tests start in a process of its own: `node echo-server-testing.ts <socket>`. */
export const ECHO_SERVER = import.meta.filename

function echo(bytes: Buffer): Buffer {
  return bytes
}

const METHOD = { requestSerialize: echo, requestDeserialize: echo, responseSerialize: echo, responseDeserialize: echo } as const

/** A unary method and a stream that answer with what they are sent. */
export const ECHO_SERVICE = {
  Say: { path: '/Echo/Say', requestStream: false, responseStream: false, ...METHOD },
  Talk: { path: '/Echo/Talk', requestStream: true, responseStream: true, ...METHOD },
} as const

async function serve(path: string): Promise<void> {
  const server = new Server()
  server.addService(ECHO_SERVICE, {
    Say: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => answer(null, call.request),
    Talk: (call: ServerDuplexStream<Buffer, Buffer>) => {
      call.on('data', (bytes: Buffer) => call.write(bytes))
      call.on('end', () => call.end())
    },
  })
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
  await listenOnSocket({
    path,
    limits: { firstRequestSeconds: 3600 },
    onConnection: ({ stream }) => injector.injectConnection(stream),
    log: { warn: () => undefined },
  })
  process.stdout.write('ready\n')
}

const [, program, socket] = process.argv
if (program === ECHO_SERVER && socket !== undefined) await serve(socket)

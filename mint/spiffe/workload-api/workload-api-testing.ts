import { create } from '@bufbuild/protobuf'
import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { serviceDefinition, workloadApi } from '@mintmark/contract/grpc'
import { concatenateCertificates, formatJwtBundle, type Bundle, type X509Svid } from '@mintmark/spiffe'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A Workload API for tests on a real Unix socket: strict about the header, steered by the test. */
export interface ExampleWorkloadApi {
  readonly address: string
  /** Headers of the calls so far. */
  readonly headers: (string | undefined)[]
  readonly calls: { stream: number; token: number }
  /** Sent to whoever watches, and first to whoever comes. */
  publish(svids: readonly X509Svid[], bundles: readonly Bundle[]): void
  /** Ends all streams with a status, and new ones at once until the next publish. */
  fail(code: status): void
  /** How tokens are made; throwing refuses. */
  token: (audience: readonly string[]) => readonly { readonly id: string; readonly token: string }[]
  validate: (token: string, audience: string) => string
  close(): Promise<void>
}

/** Starts it in a folder of its own. */
export async function startExampleWorkloadApi(): Promise<ExampleWorkloadApi> {
  const folder = await mkdtemp(join(tmpdir(), 'mintmark-workload-api-'))
  const address = `unix://${join(folder, 'socket')}`
  const server = new Server()
  const streams = new Set<{ write: () => void; end: (code: status) => void }>()
  let svids: readonly X509Svid[] = []
  let bundles: readonly Bundle[] = []
  let failure: status | undefined = status.UNAVAILABLE

  const serve =
    <Message>(message: () => Message) =>
    (call: ServerWritableStream<object, Message>): void => {
      api.headers.push(call.metadata.get('workload.spiffe.io')[0]?.toString())
      api.calls.stream += 1
      const stream = {
        write: () => void call.write(message()),
        end: (code: status) => {
          streams.delete(stream)
          call.emit('error', { code, details: 'as the test wants it' })
        },
      }
      if (failure !== undefined) {
        stream.end(failure)
        return
      }
      streams.add(stream)
      call.on('cancelled', () => streams.delete(stream))
      stream.write()
    }
  server.addService(serviceDefinition(workloadApi.SpiffeWorkloadAPI), { ...streamsOf(serve, () => ({ svids, bundles })), ...callsOf(() => api) })
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error) => (error === null ? resolve() : reject(error)))
  })
  const api: ExampleWorkloadApi = {
    address,
    headers: [],
    calls: { stream: 0, token: 0 },
    publish: (nextSvids, nextBundles) => {
      svids = nextSvids
      bundles = nextBundles
      failure = undefined
      for (const stream of streams) stream.write()
    },
    fail: (code) => {
      failure = code
      for (const stream of streams) stream.end(code)
    },
    token: () => [],
    validate: () => '',
    close: async () => {
      server.forceShutdown()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return api
}

type Serve = <Message>(message: () => Message) => (call: ServerWritableStream<object, Message>) => void

/** The calls that are answered by a stream of full states. */
function streamsOf(serve: Serve, state: () => { readonly svids: readonly X509Svid[]; readonly bundles: readonly Bundle[] }): UntypedServiceImplementation {
  const foreign = (): Bundle[] => state().bundles.filter(({ trustDomain }) => !state().svids.some(({ id }) => id.startsWith(`spiffe://${trustDomain}/`)))
  const byId = (of: readonly Bundle[], encode: (bundle: Bundle) => Uint8Array) =>
    Object.fromEntries(of.map((bundle) => [`spiffe://${bundle.trustDomain}`, encode(bundle)]))
  const roots = (bundle: Bundle): Uint8Array => concatenateCertificates(bundle.x509Authorities)

  return {
    fetchX509SVID: serve(() =>
      create(workloadApi.X509SVIDResponseSchema, {
        svids: state().svids.map((svid) => ({
          spiffeId: svid.id,
          x509Svid: concatenateCertificates(svid.certificates),
          x509SvidKey: svid.privateKey,
          bundle: concatenateCertificates(state().bundles.find(({ trustDomain }) => svid.id.startsWith(`spiffe://${trustDomain}/`))?.x509Authorities ?? []),
          hint: svid.hint ?? '',
        })),
        federatedBundles: byId(foreign(), roots),
      }),
    ),
    fetchX509Bundles: serve(() => create(workloadApi.X509BundlesResponseSchema, { bundles: byId(state().bundles, roots) })),
    fetchJWTBundles: serve(() =>
      create(workloadApi.JWTBundlesResponseSchema, { bundles: byId(state().bundles, (bundle) => Buffer.from(formatJwtBundle(bundle))) }),
    ),
  }
}

/** The calls that are answered once. */
function callsOf(api: () => ExampleWorkloadApi): UntypedServiceImplementation {
  return {
    fetchJWTSVID: (call: ServerUnaryCall<workloadApi.JWTSVIDRequest, object>, done: sendUnaryData<object>) => {
      api().headers.push(call.metadata.get('workload.spiffe.io')[0]?.toString())
      api().calls.token += 1
      try {
        done(
          null,
          create(workloadApi.JWTSVIDResponseSchema, {
            svids: api()
              .token(call.request.audience)
              .map(({ id, token }) => ({ spiffeId: id, svid: token })),
          }),
        )
      } catch (error) {
        done({ code: status.UNAVAILABLE, details: String(error) })
      }
    },
    validateJWTSVID: (call: ServerUnaryCall<workloadApi.ValidateJWTSVIDRequest, object>, done: sendUnaryData<object>) => {
      try {
        done(
          null,
          create(workloadApi.ValidateJWTSVIDResponseSchema, {
            spiffeId: api().validate(call.request.svid, call.request.audience),
            claims: { aud: [call.request.audience] },
          }),
        )
      } catch (error) {
        done({ code: status.INVALID_ARGUMENT, details: String(error) })
      }
    },
  }
}

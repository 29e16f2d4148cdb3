import { create } from '@bufbuild/protobuf'
import { Client, credentials, Metadata, status, type ClientReadableStream, type MethodDefinition, type ServiceError } from '@grpc/grpc-js'
import { MESSAGE_BYTES_MAX, serviceDefinition, workloadApi } from '@mintmark/contract/grpc'
import { ENDPOINT_VARIABLE, parseEndpointAddress } from './address.ts'
import { WorkloadApiError } from './failure.ts'

/** Where the Workload API is, and how long a single call may take. */
export interface ClientSettings {
  /** `unix:///path` or `tcp://IP:port`; by default what `SPIFFE_ENDPOINT_SOCKET` says. */
  readonly address?: string
  /** For calls that are answered once; streams have no end. 30,000 by default. */
  readonly callTimeoutMs?: number
}

/** A stream of messages that somebody reads until one side ends it. */
export interface MessageStream {
  cancel(): void
}

/** What a stream tells its reader. Exactly one `ended` comes last. */
export interface StreamReader<Message> {
  message(message: Message): void
  ended(error: WorkloadApiError): void
}

const CALL_TIMEOUT_MS = 30_000
/** Rule 25: the header that keeps a confused deputy from fetching identities. */
const HEADER = 'workload.spiffe.io'

type Methods = typeof workloadApi.SpiffeWorkloadAPI.method

/** The Workload API as it is on the wire: one method per call of the contract, nothing kept. The sources build on it. */
export class WorkloadApiClient {
  readonly #client: Client
  readonly #callTimeoutMs: number
  readonly #methods = serviceDefinition(workloadApi.SpiffeWorkloadAPI)

  /** @throws WorkloadApiError with code `INVALID_ARGUMENT` when there is no usable address */
  constructor(settings: ClientSettings = {}) {
    const address = settings.address ?? process.env[ENDPOINT_VARIABLE]
    if (address === undefined || address === '') {
      throw new WorkloadApiError(
        'INVALID_ARGUMENT',
        `No address of a Workload API is known: set ${ENDPOINT_VARIABLE}, such as unix:///run/spire/sockets/agent.sock.`,
      )
    }
    const parsed = parseEndpointAddress(address)
    if (!parsed.ok) throw new WorkloadApiError('INVALID_ARGUMENT', `The ${parsed.reason}.`)
    this.#callTimeoutMs = settings.callTimeoutMs ?? CALL_TIMEOUT_MS
    this.#client = new Client(parsed.target, credentials.createInsecure(), {
      'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
      // The sources wait themselves, as go-spiffe does; the channel must not add a wait of its own on top.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1000,
      'grpc.default_authority': 'localhost',
      'grpc.enable_http_proxy': 0,
    })
  }

  /** FetchX509SVID: SVIDs of this workload; each message is the full state. */
  watchX509Svids(reader: StreamReader<workloadApi.X509SVIDResponse>): MessageStream {
    return this.#stream('fetchX509SVID', create(workloadApi.X509SVIDRequestSchema), reader)
  }

  /** FetchX509Bundles: X.509 bundles that this workload may see. */
  watchX509Bundles(reader: StreamReader<workloadApi.X509BundlesResponse>): MessageStream {
    return this.#stream('fetchX509Bundles', create(workloadApi.X509BundlesRequestSchema), reader)
  }

  /** FetchJWTBundles: JWT bundles that this workload may see. */
  watchJwtBundles(reader: StreamReader<workloadApi.JWTBundlesResponse>): MessageStream {
    return this.#stream('fetchJWTBundles', create(workloadApi.JWTBundlesRequestSchema), reader)
  }

  /** FetchJWTSVID: tokens for an audience, of one identity or of all. @throws WorkloadApiError */
  fetchJwtSvids(audience: readonly string[], id?: string): Promise<workloadApi.JWTSVIDResponse> {
    return this.#call('fetchJWTSVID', create(workloadApi.JWTSVIDRequestSchema, { audience: [...audience], spiffeId: id ?? '' }))
  }

  /** ValidateJWTSVID: has the agent validate a token. @throws WorkloadApiError with code `INVALID_ARGUMENT` for a bad token */
  validateJwtSvid(token: string, audience: string): Promise<workloadApi.ValidateJWTSVIDResponse> {
    return this.#call('validateJWTSVID', create(workloadApi.ValidateJWTSVIDRequestSchema, { audience, svid: token }))
  }

  /** Ends all streams and calls. */
  close(): void {
    this.#client.close()
  }

  #method(name: keyof Methods): MethodDefinition<object, object> {
    const method = this.#methods[name]
    if (method === undefined) throw new TypeError(`The contract has no method ${name}.`)
    return method
  }

  #call<Response extends object>(name: keyof Methods, request: object): Promise<Response> {
    const { path, requestSerialize, responseDeserialize } = this.#method(name)
    return new Promise((resolve, reject) => {
      const deadline = new Date(Date.now() + this.#callTimeoutMs)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the contract's own table ties this deserializer to the method's answer
      const deserialize = responseDeserialize as (bytes: Buffer) => Response
      this.#client.makeUnaryRequest(path, requestSerialize, deserialize, request, metadata(), { deadline }, (error, response) => {
        if (response === undefined || error !== null) reject(explain(error))
        else resolve(response)
      })
    })
  }

  #stream<Message extends object>(name: keyof Methods, request: object, reader: StreamReader<Message>): MessageStream {
    const { path, requestSerialize, responseDeserialize } = this.#method(name)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the contract's own table ties this deserializer to the method's answer
    const deserialize = responseDeserialize as (bytes: Buffer) => Message
    const stream: ClientReadableStream<Message> = this.#client.makeServerStreamRequest(path, requestSerialize, deserialize, request, metadata())
    let hasEnded = false
    const end = (error: WorkloadApiError): void => {
      if (hasEnded) return
      hasEnded = true
      reader.ended(error)
    }
    stream.on('data', (message: Message) => reader.message(message))
    stream.on('error', (error: ServiceError) => end(explain(error)))
    stream.on('end', () => end(new WorkloadApiError('UNAVAILABLE', 'The Workload API ended the stream.')))
    return { cancel: () => stream.cancel() }
  }
}

function metadata(): Metadata {
  const header = new Metadata()
  header.set(HEADER, 'true')
  return header
}

function explain(error: ServiceError | null): WorkloadApiError {
  const code = status[error?.code ?? status.UNKNOWN] ?? 'UNKNOWN'
  return new WorkloadApiError(code, `The Workload API answered ${code}: ${error?.details ?? 'nothing'}`, { cause: error })
}

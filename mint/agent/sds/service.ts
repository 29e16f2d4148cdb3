import { create } from '@bufbuild/protobuf'
import { status, type sendUnaryData, type ServerDuplexStream, type ServerUnaryCall, type UntypedServiceImplementation } from '@grpc/grpc-js'
import { envoyDiscovery } from '@mintmark/contract/grpc'
import type { Logger } from '../log.ts'
import { Refusal, toRefusal } from '../refusal.ts'
import { exchangeTokenOf, type Admission } from '../socket/admission.ts'
import { assertAlive } from '../socket/caller.ts'
import { CALL_ENDED, endOf } from '../socket/ended.ts'
import { followCaller, type FollowParts } from '../socket/follow.ts'
import { answerUnary } from '../socket/unary.ts'
import { readNode } from './node.ts'
import { SECRET_TYPE_URL, secretsOf, type SecretNames } from './secrets.ts'
import { createSdsStream, NAMES_MAX } from './stream.ts'

/** Answers that may wait for a slow Envoy before its stream is ended. */
const WAITING_MAX = 16

/** What an operator decides about SDS. */
export interface SdsSettings {
  readonly names: SecretNames
  /** False for plain validation contexts, as old Envoys need them. */
  readonly spiffeValidation: boolean
}

/** What the service needs. */
export interface SdsParts extends FollowParts {
  readonly settings: SdsSettings
  readonly admission: Admission
  readonly log: Logger
}

type Stream = ServerDuplexStream<envoyDiscovery.DiscoveryRequest, envoyDiscovery.DiscoveryResponse>

/** The handlers of Envoy's secret discovery service v3. No security header is asked for: Envoy does not send it (rule 25). */
export function createSds(parts: SdsParts): UntypedServiceImplementation {
  return {
    streamSecrets: (call: Stream) => streamSecrets(parts, call),
    fetchSecrets(
      call: ServerUnaryCall<envoyDiscovery.DiscoveryRequest, envoyDiscovery.DiscoveryResponse>,
      callback: sendUnaryData<envoyDiscovery.DiscoveryResponse>,
    ) {
      void answerUnary(callback, () => fetchSecrets(parts, call))
    },
    deltaSecrets(call: Stream) {
      call.emit('error', { code: status.UNIMPLEMENTED, details: 'This agent answers StreamSecrets and FetchSecrets; set api_type to GRPC.' })
    },
  }
}

function streamSecrets(parts: SdsParts, call: Stream): void {
  const fail = (refusal: Refusal): void => void call.emit('error', { code: refusal.code, details: refusal.message })
  try {
    const exchangeToken = exchangeTokenOf(call.metadata)
    const connection = parts.admission.connection(call.metadata)
    const closeStream = parts.admission.openStream(connection)
    const ended = new AbortController()
    let waiting = 0
    const end = (): void => {
      closeStream()
      ended.abort(CALL_ENDED)
    }
    const sds = createSdsStream({
      names: parts.settings.names,
      spiffeValidation: parts.settings.spiffeValidation,
      log: parts.log,
      send(response) {
        try {
          assertAlive(connection)
          if (waiting >= WAITING_MAX) throw new Refusal(status.RESOURCE_EXHAUSTED, 'The stream does not read its answers.')
        } catch (error) {
          end()
          fail(toRefusal(error))
          return
        }
        waiting += 1
        call.write(response, () => (waiting -= 1))
      },
    })
    call.on('data', (request: envoyDiscovery.DiscoveryRequest) => {
      if (ended.signal.aborted) return
      if (isForeign(request)) {
        end()
        fail(new Refusal(status.INVALID_ARGUMENT, `Only ${SECRET_TYPE_URL} is served here.`))
      } else sds.onRequest(request)
    })
    call.on('end', () => {
      end()
      call.end()
    })
    call.on('cancelled', end)
    followCaller(parts, connection, exchangeToken, ended.signal, {
      servesVerifiers: false,
      onState(state, trust) {
        if (state !== undefined) sds.onState(state, trust)
      },
      onRefusal(refusal) {
        end()
        fail(refusal)
      },
    })
  } catch (error) {
    fail(toRefusal(error))
  }
}

async function fetchSecrets(parts: SdsParts, call: ServerUnaryCall<envoyDiscovery.DiscoveryRequest, unknown>): Promise<envoyDiscovery.DiscoveryResponse> {
  const { request } = call
  if (isForeign(request)) throw new Refusal(status.INVALID_ARGUMENT, `Only ${SECRET_TYPE_URL} is served here.`)
  const exchangeToken = exchangeTokenOf(call.metadata)
  const connection = parts.admission.connection(call.metadata)
  const workload = await parts.callers.identify(connection, exchangeToken, () => endOf(call))
  const [state, trust] = await Promise.all([parts.x509.get(workload), parts.trust.ready()])
  assertAlive(connection)
  const { names, spiffeValidation } = parts.settings
  const validatesSpiffe = spiffeValidation && readNode(request.node).validatesSpiffe
  const { resources } = secretsOf({ state, trust, names, validatesSpiffe }, request.resourceNames.slice(0, NAMES_MAX))
  return create(envoyDiscovery.DiscoveryResponseSchema, { versionInfo: String(trust.revision), typeUrl: SECRET_TYPE_URL, resources })
}

function isForeign({ typeUrl }: envoyDiscovery.DiscoveryRequest): boolean {
  return typeUrl !== '' && typeUrl !== SECRET_TYPE_URL
}

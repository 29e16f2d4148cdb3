import { create } from '@bufbuild/protobuf'
import { status } from '../status.ts'
import { envoyDiscovery, envoySecretService } from '@mintmark/contract/grpc'
import type { Logger } from '../log.ts'
import { Refusal, toRefusal } from '../refusal.ts'
import { duplex, unary, type DuplexCall, type RequestCall, type Route } from '../rpc/routes.ts'
import { exchangeTokenOf, type Admission } from '../socket/admission.ts'
import { assertAlive } from '../socket/caller.ts'
import { followCaller, type FollowParts } from '../socket/follow.ts'
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

type Stream = DuplexCall<envoyDiscovery.DiscoveryRequest, envoyDiscovery.DiscoveryResponse>

/** The methods of Envoy's secret discovery service v3. No security header is asked for: Envoy does not send it (rule 25). */
export function createSds(parts: SdsParts): readonly Route[] {
  const { streamSecrets, fetchSecrets, deltaSecrets } = envoySecretService.SecretDiscoveryService.method
  return [
    duplex(streamSecrets, (call) => openStream(parts, call)),
    unary(fetchSecrets, (call) => fetchOnce(parts, call)),
    duplex(deltaSecrets, (call) => call.fail(new Refusal(status.UNIMPLEMENTED, 'This agent answers StreamSecrets and FetchSecrets; set api_type to GRPC.'))),
  ]
}

function openStream(parts: SdsParts, call: Stream): void {
  try {
    const { connection } = call
    const exchangeToken = exchangeTokenOf(call.metadata)
    call.onClosed(parts.admission.openStream(connection))
    let waiting = 0
    const sds = createSdsStream({
      names: parts.settings.names,
      spiffeValidation: parts.settings.spiffeValidation,
      log: parts.log,
      send(response) {
        try {
          assertAlive(connection)
          if (waiting >= WAITING_MAX) throw new Refusal(status.RESOURCE_EXHAUSTED, 'The stream does not read its answers.')
        } catch (error) {
          call.fail(toRefusal(error))
          return
        }
        waiting += 1
        call.write(response, () => (waiting -= 1))
      },
    })
    call.onMessage = (request) => {
      if (isForeign(request)) throw new Refusal(status.INVALID_ARGUMENT, `Only ${SECRET_TYPE_URL} is served here.`)
      sds.onRequest(request)
    }
    followCaller(parts, connection, exchangeToken, call, {
      servesVerifiers: false,
      onState(state, trust) {
        if (state !== undefined) sds.onState(state, trust)
      },
      onRefusal: (refusal) => call.fail(refusal),
    })
  } catch (error) {
    call.fail(toRefusal(error))
  }
}

async function fetchOnce(parts: SdsParts, call: RequestCall<envoyDiscovery.DiscoveryRequest>): Promise<envoyDiscovery.DiscoveryResponse> {
  const { request, connection } = call
  if (isForeign(request)) throw new Refusal(status.INVALID_ARGUMENT, `Only ${SECRET_TYPE_URL} is served here.`)
  const workload = await parts.callers.identify(connection, exchangeTokenOf(call.metadata), call)
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

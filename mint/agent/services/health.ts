import { create, toBinary } from '@bufbuild/protobuf'
import { status } from '../status.ts'
import { healthApi } from '@mintmark/contract/grpc'
import { Refusal } from '../refusal.ts'
import { serverStream, unary, type Route } from '../rpc/routes.ts'

/** Services that have a health of their own, beside the empty name that stands for the whole agent. */
const SERVICES = ['', 'SpiffeWorkloadAPI', 'envoy.service.secret.v3.SecretDiscoveryService']

/** Whether the agent can serve, and who wants to hear when that changes. */
export interface Readiness {
  readonly isReady: () => boolean
  readonly onChange: (listener: () => void) => () => void
}

/** The methods of grpc.health.v1.Health. No security header is asked for (rule 25), and no identity. */
export function createHealth(readiness: Readiness): readonly Route[] {
  const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = healthApi.HealthCheckResponse_ServingStatus
  const { check, list, watch } = healthApi.Health.method
  function responseOf(service: string): healthApi.HealthCheckResponse {
    const known = SERVICES.includes(service)
    return create(healthApi.HealthCheckResponseSchema, { status: known ? (readiness.isReady() ? SERVING : NOT_SERVING) : SERVICE_UNKNOWN })
  }
  return [
    unary(check, async ({ request }) => {
      if (!SERVICES.includes(request.service)) throw new Refusal(status.NOT_FOUND, 'This agent has no such service.')
      return responseOf(request.service)
    }),
    unary(list, async () => create(healthApi.HealthListResponseSchema, { statuses: Object.fromEntries(SERVICES.map((name) => [name, responseOf(name)])) })),
    serverStream(watch, (call) => {
      let last: number | undefined
      const tell = (): void => {
        const response = responseOf(call.request.service)
        if (response.status === last) return
        last = response.status
        call.write(toBinary(healthApi.HealthCheckResponseSchema, response))
      }
      call.onClosed(readiness.onChange(tell))
      tell()
    }),
  ]
}

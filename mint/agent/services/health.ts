import { create } from '@bufbuild/protobuf'
import { status, type sendUnaryData, type ServerUnaryCall, type ServerWritableStream, type UntypedServiceImplementation } from '@grpc/grpc-js'
import { healthApi } from '@mintmark/contract/grpc'

/** Services that have a health of their own, beside the empty name that stands for the whole agent. */
const SERVICES = ['', 'SpiffeWorkloadAPI', 'envoy.service.secret.v3.SecretDiscoveryService']

/** Whether the agent can serve, and who wants to hear when that changes. */
export interface Readiness {
  readonly isReady: () => boolean
  readonly onChange: (listener: () => void) => () => void
}

/** The handlers of grpc.health.v1.Health. No security header is asked for (rule 25), and no identity. */
export function createHealth(readiness: Readiness): UntypedServiceImplementation {
  const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = healthApi.HealthCheckResponse_ServingStatus
  function responseOf(service: string): healthApi.HealthCheckResponse {
    const known = SERVICES.includes(service)
    return create(healthApi.HealthCheckResponseSchema, { status: known ? (readiness.isReady() ? SERVING : NOT_SERVING) : SERVICE_UNKNOWN })
  }
  return {
    check(call: ServerUnaryCall<healthApi.HealthCheckRequest, healthApi.HealthCheckResponse>, callback: sendUnaryData<healthApi.HealthCheckResponse>) {
      const { service } = call.request
      if (SERVICES.includes(service)) callback(null, responseOf(service))
      else callback({ code: status.NOT_FOUND, details: 'This agent has no such service.' })
    },
    list(_call: unknown, callback: sendUnaryData<healthApi.HealthListResponse>) {
      callback(null, create(healthApi.HealthListResponseSchema, { statuses: Object.fromEntries(SERVICES.map((name) => [name, responseOf(name)])) }))
    },
    watch(call: ServerWritableStream<healthApi.HealthCheckRequest, healthApi.HealthCheckResponse>) {
      let last: number | undefined
      const tell = (): void => {
        const response = responseOf(call.request.service)
        if (response.status === last) return
        last = response.status
        call.write(response)
      }
      const leave = readiness.onChange(tell)
      call.on('cancelled', leave)
      tell()
    },
  }
}

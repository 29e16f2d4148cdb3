import { create } from '@bufbuild/protobuf'
import type { sendUnaryData, ServerUnaryCall, ServerWritableStream, UntypedServiceImplementation } from '@grpc/grpc-js'
import { agentApi, healthApi } from '@mintmark/contract/grpc'
import { CODES } from '../failure.ts'

const SERVING = healthApi.HealthCheckResponse_ServingStatus.SERVING
const UNKNOWN = healthApi.HealthCheckResponse_ServingStatus.SERVICE_UNKNOWN

/** `grpc.health.v1.Health`, as load balancers ask it (gRPC health checking protocol). A server that listens serves: it issues without its database, too. */
export function createHealthHandlers(): UntypedServiceImplementation {
  const statusOf = (service: string) => (service === '' || service === agentApi.AgentService.typeName ? SERVING : UNKNOWN)
  return {
    check: (call: ServerUnaryCall<healthApi.HealthCheckRequest, healthApi.HealthCheckResponse>, callback: sendUnaryData<healthApi.HealthCheckResponse>) => {
      const status = statusOf(call.request.service)
      if (status === SERVING) callback(null, create(healthApi.HealthCheckResponseSchema, { status }))
      else callback({ code: CODES.notFound, details: 'There is no such service here.' })
    },
    watch: (call: ServerWritableStream<healthApi.HealthCheckRequest, healthApi.HealthCheckResponse>) => {
      call.write(create(healthApi.HealthCheckResponseSchema, { status: statusOf(call.request.service) }))
    },
  }
}

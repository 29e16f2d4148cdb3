/**
 * Everything that travels over gRPC: messages and services as generated from `proto/` by `npm run generate:grpc`.
 * One namespace per contract, because foreign contracts use the same names for different things.
 */
export * from './definition.ts'
export * as agentApi from './generated/mintmark/agent/v1/agent_pb.ts'
export * as workloadApi from './generated/spiffe/workload_pb.ts'
export * as healthApi from './generated/grpc/health/health_pb.ts'
export * as reflectionApi from './generated/grpc/reflection/v1_pb.ts'
export * as reflectionAlphaApi from './generated/grpc/reflection/v1alpha_pb.ts'
export * as envoyCore from './generated/envoy/config/core/v3/base_pb.ts'
export * as envoyDiscovery from './generated/envoy/service/discovery/v3/discovery_pb.ts'
export * as envoySecretService from './generated/envoy/service/secret/v3/sds_pb.ts'
export * as envoySecrets from './generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts'
export * as rpcStatus from './generated/google/rpc/status_pb.ts'

export * from './model.ts'
export { ASSERTION_SECONDS, ATTESTATION_AUDIENCE, signAssertion, type AssertionKey } from './agent/assertion.ts'
export { createAgentAttestation, type AgentAttestation, type AttestationPolicy, type AttestedAgent } from './agent/policies.ts'
export type { AgentAttestor, AttestationContext, AttestedCluster } from './agent/attestor.ts'
export { createCvkAttestor, versionOfAssertion, type CvkDependencies } from './agent/cvk.ts'
export { decodeToken, hasSigned, isRecord, type DecodedToken } from './tokens/jwt.ts'
export { attributeName, splitAttributeName } from './attribute-name.ts'
export { AttributePatternError, createRedaction, type Redaction } from './redaction/index.ts'
export {
  allowedAttributesOf,
  applyWorkloadAttestation,
  createWorkloadAttestation,
  SectionError,
  type WorkloadAttestation,
  type WorkloadAttestationDependencies,
  type WorkloadAttestationSettings,
} from './workload/index.ts'

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
export { createCustomJwtAttestor, type CustomJwtRules } from './agent/custom-jwt.ts'
export { createKubernetesTokenAttestor, type KubernetesTokenRules } from './agent/k8s-token.ts'
export { createTokenReview, type ReviewToken, type TokenReviewRules } from './agent/token-review.ts'
export { createKeySource, readKeySet, type KeyLocation, type KeySource } from './tokens/key-source.ts'
export { publicKeyFromPem } from './tokens/jwt.ts'
export { createAddressGuard, type AddressGuard } from './outbound/addresses.ts'
export { createOutboundFetch, OutboundError, type OutboundAnswer, type OutboundFetch, type OutboundSend, type OutboundTls } from './outbound/fetch.ts'

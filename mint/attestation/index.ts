export * from './model.ts'
export { ASSERTION_SECONDS, ATTESTATION_AUDIENCE, signAssertion, type AssertionKey } from './agent/assertion.ts'

import { createHash } from 'node:crypto'
import {
  createAgentAttestation,
  createCustomJwtAttestor,
  createKeySource,
  createKubernetesTokenAttestor,
  createTokenReview,
  publicKeyFromPem,
  type AgentAttestation,
  type AgentAttestor,
  type KeyLocation,
  type KeySource,
  type OutboundFetch,
  type ReviewToken,
} from '@mintmark/mint/attestation'
import { AgentAttestationSpec, type AttestorSpec } from '../configuration/agent-attestation.ts'
import type { ReviewCredentials } from './review-credentials.ts'

/** What attestors are made with. */
export interface CompileDependencies {
  readonly cvk: AgentAttestor
  readonly fetch: OutboundFetch
  readonly clock: () => number
  readonly credentials: ReviewCredentials
}

/** Key sources that are kept over changes of configuration, so that a change elsewhere costs no issuer a request. */
const SOURCES_MAX = 1_000

/** Makes attestation policies out of section `AgentAttestation`. Without the section, cluster version keys are the one way. */
export function createAttestationCompiler(dependencies: CompileDependencies): (spec: unknown) => AgentAttestation {
  const sources = new Map<string, KeySource>()
  const sourceOf = (location: KeyLocation, ca: string | undefined): KeySource => {
    const text = location.by === 'key' ? location.key.export({ format: 'pem', type: 'spki' }) : JSON.stringify(location)
    const name = createHash('sha256')
      .update(`${location.by} ${text} ${ca ?? ''}`)
      .digest('base64url')
    const source = sources.get(name) ?? createKeySource(location, { fetch: dependencies.fetch, clock: dependencies.clock, ca })
    sources.delete(name)
    const oldest = sources.size >= SOURCES_MAX ? sources.keys().next().value : undefined
    if (oldest !== undefined) sources.delete(oldest)
    sources.set(name, source)
    return source
  }
  const byDefault = createAgentAttestation([{ name: 'cvk', attestors: [dependencies.cvk] }])
  return (spec) => {
    if (spec === undefined) return byDefault
    const { policies } = AgentAttestationSpec.parse(spec)
    return createAgentAttestation(
      policies.map(({ name, requiredAttestors }, index) => ({
        name: name ?? `policy ${index + 1}`,
        attestors: requiredAttestors.map((attestor) => makeAttestor(attestor, dependencies, sourceOf)),
      })),
    )
  }
}

function makeAttestor(
  spec: AttestorSpec,
  { cvk, fetch, credentials }: CompileDependencies,
  sourceOf: (location: KeyLocation, ca: string | undefined) => KeySource,
): AgentAttestor {
  switch (spec.type) {
    case 'cvk':
      return cvk
    case 'k8s_token': {
      const { issuerURL, jwksURI, jwks, issuerCA, audience, namespace, serviceAccountName, requireNode, tokenReview } = spec
      const location: KeyLocation =
        jwks !== undefined ? { by: 'jwks', document: jwks } : jwksURI !== undefined ? { by: 'jwks-uri', uri: jwksURI } : { by: 'discovery', issuer: issuerURL }
      return createKubernetesTokenAttestor({
        issuer: issuerURL,
        audiences: [audience],
        namespace,
        serviceAccount: serviceAccountName,
        requireNode,
        keys: sourceOf(location, issuerCA),
        ...(tokenReview === undefined ? {} : { review: makeReview(tokenReview, fetch, credentials) }),
      })
    }
    case 'custom_jwt':
      return createCustomJwtAttestor({
        issuer: spec.issuer,
        audiences: [spec.audience],
        attributeClaims: spec.attributeClaims,
        keys: sourceOf(customLocation(spec), spec.issuerCA),
      })
  }
}

type TokenReviewSpec = NonNullable<Extract<AttestorSpec, { type: 'k8s_token' }>['tokenReview']>

function makeReview({ apiServerURL, caPem }: TokenReviewSpec, fetch: OutboundFetch, credentials: ReviewCredentials): ReviewToken {
  return createTokenReview({ apiServerURL, ca: caPem, credential: () => credentials.read(apiServerURL), fetch })
}

function customLocation({ oidcURI, jwksURI, pem }: Extract<AttestorSpec, { type: 'custom_jwt' }>): KeyLocation {
  if (oidcURI !== undefined) return { by: 'discovery', issuer: oidcURI.replace(/\/\.well-known\/openid-configuration$/, '') }
  if (jwksURI !== undefined) return { by: 'jwks-uri', uri: jwksURI }
  const key = publicKeyFromPem(pem ?? '')
  if (key === undefined) throw new RangeError('The attestor custom_jwt has no key')
  return { by: 'key', key }
}

import { ATTESTATION_AUDIENCE, publicKeyFromPem, readKeySet } from '@mintmark/mint/attestation'
import { z } from 'zod'

const POLICIES_MAX = 20
const ATTESTORS_MAX = 5
const Url = z.url({ protocol: /^https$/, error: 'is not an https URL' }).max(2048)
const Audience = z.string().min(1).max(1024)
const Pem = z
  .string()
  .max(64 * 1024)
  .startsWith('-----BEGIN', 'is not PEM')
const Jwks = z
  .union([z.string().max(256 * 1024), z.looseObject({ keys: z.array(z.looseObject({})) })])
  .transform((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
  .refine((text) => readKeySet(text).length > 0, 'holds no public signature key (a JWK set: {"keys": [...]})')

/** The credential is not configuration's to name: whoever may write configuration would read files of the server, and send them where he likes. */
const TokenReview = z.strictObject({
  /** Base address of the API server; the settings of the server name a credential for it. */
  apiServerURL: Url,
  /** Authorities of the API server's TLS. */
  caPem: Pem.optional(),
})

const KubernetesToken = z.strictObject({
  type: z.literal('k8s_token'),
  issuerURL: Url,
  /** For issuers whose discovery cannot be reached from the server; `iss` must still be `issuerURL` literally. */
  jwksURI: Url.optional(),
  jwks: Jwks.optional(),
  audience: Audience.default(ATTESTATION_AUDIENCE),
  namespace: z.string().min(1).max(253).default('spirl-system'),
  serviceAccountName: z.string().min(1).max(253).default('spirl-agent'),
  /** Tokens of Kubernetes below 1.30 name no node. */
  requireNode: z.boolean().default(true),
  /** Authorities of the issuer's own TLS, such as the cluster's. */
  issuerCA: Pem.optional(),
  /** Asks the cluster at each attempt whether pod and ServiceAccount still exist. */
  tokenReview: TokenReview.optional(),
})

const CustomJwt = z.strictObject({
  type: z.literal('custom_jwt'),
  issuer: z.string().min(1).max(2048),
  audience: Audience,
  oidcURI: Url.optional(),
  jwksURI: Url.optional(),
  pem: Pem.refine((text) => publicKeyFromPem(text) !== undefined, 'is no public key in PEM').optional(),
  attributeClaims: z.array(z.string().min(1).max(256)).max(32).default([]),
  issuerCA: Pem.optional(),
})

const Attestor = z
  .discriminatedUnion('type', [z.strictObject({ type: z.literal('cvk') }), KubernetesToken, CustomJwt], {
    error: 'is none of the attestors cvk, k8s_token and custom_jwt',
  })
  .superRefine((attestor, context) => {
    if (attestor.type === 'k8s_token' && attestor.jwksURI !== undefined && attestor.jwks !== undefined) {
      context.addIssue({ code: 'custom', path: ['jwks'], message: 'stands beside jwksURI; give one of them' })
    }
    if (attestor.type === 'custom_jwt' && [attestor.oidcURI, attestor.jwksURI, attestor.pem].filter((place) => place !== undefined).length !== 1) {
      context.addIssue({ code: 'custom', message: 'has exactly one of oidcURI, jwksURI and pem' })
    }
  })

/** Spec of section `AgentAttestation` (docs/mint/attestation.md): inside a policy all attestors must pass, one passing policy is enough. */
export const AgentAttestationSpec = z.strictObject({
  policies: z
    .array(z.strictObject({ name: z.string().min(1).max(64).optional(), requiredAttestors: z.array(Attestor).min(1).max(ATTESTORS_MAX) }))
    .min(1)
    .max(POLICIES_MAX),
})
export type AgentAttestationSpec = z.infer<typeof AgentAttestationSpec>
/** One attestor of a policy. */
export type AttestorSpec = z.infer<typeof Attestor>

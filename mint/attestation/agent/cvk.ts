import { AttestationError } from '../model.ts'
import { refuseClaims } from '../tokens/claims.ts'
import { decodeToken, hasSigned, isRecord, publicKeyFromPem, type DecodedToken } from '../tokens/jwt.ts'
import { ASSERTION_SECONDS, ATTESTATION_AUDIENCE } from './assertion.ts'
import type { AgentAttestor, AttestationContext, Attested } from './attestor.ts'

/** What the attestor asks of the registry and of the memory of used assertions. */
export interface CvkDependencies {
  clusterVersion(id: string): Promise<{ readonly clusterId: string; readonly publicKeyPem: string; readonly active: boolean } | undefined>
  /** False when this `jti` was seen before: a replay. */
  rememberAssertion(jti: string, expiresAt: Date): Promise<boolean>
}

const JTI_LENGTH_MAX = 128

/** Attestor `cvk`: an assertion signed with a cluster version key. It is good for one attempt. */
export function createCvkAttestor(dependencies: CvkDependencies): AgentAttestor {
  return { type: 'cvk', attest: (evidence, context) => attestCvk(evidence, context, dependencies) }
}

/** The cluster version that an assertion says it is signed with, before anything is checked: for looking up, never for believing. */
export function versionOfAssertion(evidence: Uint8Array): string | undefined {
  const decoded = decodeToken(Buffer.from(evidence).toString('latin1'))
  return decoded.ok ? decoded.token.keyId : undefined
}

async function attestCvk(evidence: Uint8Array, context: AttestationContext, dependencies: CvkDependencies): Promise<Attested> {
  const decoded = decodeToken(Buffer.from(evidence).toString('latin1'))
  if (!decoded.ok) throw new AttestationError('UNAUTHENTICATED', `The cluster version assertion is not readable: ${decoded.reason}.`)
  const { token } = decoded
  if (token.algorithm !== 'EdDSA' || token.keyId === undefined) {
    throw new AttestationError('UNAUTHENTICATED', 'The cluster version assertion is not signed with EdDSA, or names no key.')
  }
  const version = await dependencies.clusterVersion(token.keyId)
  const key = version === undefined ? undefined : publicKeyFromPem(version.publicKeyPem)
  // An unknown version, a foreign cluster's and a wrong signature answer alike: who guesses learns nothing.
  if (version === undefined || key === undefined || version.clusterId !== context.cluster.id || !hasSigned(key, token)) {
    throw new AttestationError('UNAUTHENTICATED', `The assertion is not signed by a cluster version of cluster ${context.cluster.name}.`)
  }
  if (!version.active) throw new AttestationError('PERMISSION_DENIED', `Cluster version ${token.keyId} is not active; activate it or use another one's key.`)
  const problem = problemOf(token, context)
  if (problem !== undefined) throw new AttestationError('UNAUTHENTICATED', `The cluster version assertion is refused: ${problem}.`)
  const { jti, exp } = token.claims
  if (!(await dependencies.rememberAssertion(String(jti), new Date((Number(exp) + 60) * 1000)))) {
    throw new AttestationError('UNAUTHENTICATED', 'The cluster version assertion was used before; each is good for one attempt.')
  }
  return { tokenIdentity: `cvk:${token.keyId}`, attributes: new Map(), clusterVersionId: token.keyId }
}

function problemOf(token: DecodedToken, context: AttestationContext): string | undefined {
  const { claims } = token
  if (claims['sub'] !== token.keyId || claims['iss'] !== token.keyId) return 'its issuer and subject are not the cluster version'
  const refused = refuseClaims(claims, { audiences: [ATTESTATION_AUDIENCE], now: context.now })
  if (refused !== undefined) return refused
  const { iat, exp, jti, cnf } = claims
  if (typeof iat !== 'number' || typeof exp !== 'number' || exp - iat > ASSERTION_SECONDS) return `it is good for longer than ${ASSERTION_SECONDS} seconds`
  if (typeof jti !== 'string' || jti === '' || jti.length > JTI_LENGTH_MAX) return 'it has no id of its own (jti)'
  if (cnf === undefined) return undefined
  const bound = isRecord(cnf) ? cnf['x5t#S256'] : undefined
  return bound === context.certificateThumbprint && bound !== undefined ? undefined : 'it belongs to another TLS connection'
}

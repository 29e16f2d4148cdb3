import type { Authority } from '@mintmark/mint/authority'
import type { LiveCluster } from '../directory/clusters.ts'
import type { AgentSession } from '../sessions/sessions.ts'
import type { JwtAnswer, X509Answer } from './answer.ts'
import { ServerAttributes } from './attributes.ts'
import type { Recorder } from './events.ts'
import type { JwtWant, X509Want } from './want.ts'

/** Who asks: an attested agent and its cluster. */
export interface Asker {
  readonly session: AgentSession
  readonly cluster: LiveCluster
}

/** Issues by policy. Each workload of a batch is answered by itself, in order; nothing is thrown for a workload's sake. */
export interface Issuer {
  issueX509(wants: readonly X509Want[], asker: Asker): readonly X509Answer[] | Promise<readonly X509Answer[]>
  issueJwt(wants: readonly JwtWant[], asker: Asker): readonly JwtAnswer[] | Promise<readonly JwtAnswer[]>
}

/** What issuance needs. */
export interface IssuerDependencies {
  readonly authority: Authority
  readonly now: () => Date
  readonly recorder: Recorder
  /** `iss` of tokens; undefined: tokens have none. */
  readonly jwtIssuer: string | undefined
}

/** What the server itself says of the workloads of an agent: what attestation of the agent has proven, and over it what is known of its cluster. */
export function serverAttributesOf({ session, cluster }: Asker): ServerAttributes {
  return new ServerAttributes(session.attributes, cluster.attributes)
}

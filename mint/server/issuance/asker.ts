import type { Authority } from '@mintmark/mint/authority'
import type { LiveCluster } from '../directory/clusters.ts'
import type { MintEvent } from '../ports.ts'
import type { AgentSession } from '../sessions/sessions.ts'
import type { JwtAnswer, X509Answer } from './answer.ts'
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
  readonly trustDomainId: string
  readonly now: () => Date
  readonly record: (event: MintEvent) => void
  /** `iss` of tokens; undefined: tokens have none. */
  readonly jwtIssuer: string | undefined
}

/** Attributes that the server alone says: of a cluster, and of what attestation of agents has proven. An agent that sends one claims a place that is not its own. */
const SERVER_NAMES = /^(?:cluster|trust_domain|node_group|spirl|custom_jwt)\./

/** Whether only the server says an attribute of this name. Nearly all names begin with another letter, so that nothing is searched for. */
function isServerName(name: string): boolean {
  switch (name.charCodeAt(0)) {
    case 0x63: // c
    case 0x6e: // n
    case 0x73: // s
    case 0x74: // t
      return SERVER_NAMES.test(name)
    default:
      return false
  }
}

/** What the server itself knows wins over what the agent has sent, and what attestation of the agent has proven over the workload's. */
export function completeAttributes(attributes: Map<string, string>, { session, cluster }: Asker): Map<string, string> {
  for (const name of attributes.keys()) if (isServerName(name)) attributes.delete(name)
  for (const [name, value] of session.attributes) attributes.set(name, value)
  for (const [name, value] of cluster.attributes) attributes.set(name, value)
  return attributes
}

import type { Application, Deployment, Factor, Identity, Link, Secret } from '@mintmark/contract/scan'
import type { DeploymentIssuance } from '@mintmark/contract/http'
import type { Fact } from '../program/facts.ts'
import { factorWords, factorsWorstFirst, publicWords, secretTitle, timeWords } from '../report/words.ts'

/** An application as facts for people. */
export function applicationFacts(application: Application): Fact[] {
  return [
    ['Application', application.name],
    ['Level', application.level],
    ['Secrets', String(application.secretsTotal)],
    ['Deployments', String(application.deploymentsTotal)],
    ['Grouped by', `${application.rule}: ${application.evidence.join('; ')}`],
    ['Key', application.key],
  ]
}

/** A deployment as facts for people. */
export function deploymentFacts(deployment: Deployment): Fact[] {
  return [
    ['Deployment', `${deployment.namespace}/${deployment.kind}/${deployment.name}`],
    ['Level', deployment.level],
    ['Secrets', String(deployment.secretsTotal)],
    ['Service account', deployment.serviceAccount],
    ['Images', deployment.images.join(', ')],
    [
      'Mint',
      `${deployment.mint.injection === 'enabled' ? 'labelled for injection' : 'not labelled for injection'}; SPIFFE ID path ${deployment.mint.spiffeIdPath}`,
    ],
    ['Key', deployment.key],
  ]
}

/** What Mint has issued to a deployment, as facts for people. */
export function issuanceFacts(issuance: DeploymentIssuance): Fact[] {
  const { state, spiffeId, lastIssuedAt, lastExpiresAt, evidence } = issuance
  const words = { issued: 'issued', 'not-issued': 'nothing issued yet', unknown: 'unknown' }[state]
  return [
    ['Identity', `${words}: ${evidence.join('; ')}`],
    ['SPIFFE ID', spiffeId],
    ['Last fetched', lastIssuedAt === undefined ? (state === 'unknown' ? 'unknown' : 'never') : timeWords(lastIssuedAt)],
    ['Valid until', lastExpiresAt === undefined ? undefined : timeWords(lastExpiresAt)],
  ]
}

/** An identity as facts for people. */
export function identityFacts(identity: Identity): Fact[] {
  return [
    ['Identity', identity.name],
    ['Kind', identity.kind],
    ['Provider', identity.provider],
    ['Secrets', String(identity.secretsTotal)],
    ...Object.entries(identity.attributes),
    ['Key', identity.key],
  ]
}

/** A secret as facts for people. */
export function secretFacts(secret: Omit<Secret, 'occurrences'>): Fact[] {
  return [
    ['Secret', secretTitle(secret)],
    ['Whose', publicWords(secret)],
    ['Level', `${secret.level} (${secret.policy})`],
    ['Sure', `${secret.confidence}: ${secret.reasons.join('; ')}`],
    ['Created', secret.createdAt === undefined ? 'unknown' : timeWords(secret.createdAt)],
    ['Expires', secret.expiresAt === undefined ? undefined : timeWords(secret.expiresAt)],
    ['Applications', String(secret.applicationsTotal)],
    ['Key', secret.key],
  ]
}

/** Known factors worst first, then what is not known and why (law 3). */
export function factorLines(factors: readonly Factor[]): string[] {
  return factorsWorstFirst(factors).map((factor) => `${factorWords(factor.name)}: ${factor.known ? (factor.level ?? 'Unknown') : 'unknown'}. ${factor.reason}`)
}

/** Links as lines for people, each with its evidence. */
export function linkLines(links: readonly Link[]): string[] {
  return links.map((link) => `${link.relation} ${link.target} (${link.confidence}): ${link.evidence.join('; ')}`)
}

import type { DeploymentObservation, IdentityObservation, Link, OccurrenceObservation } from '@mintmark/contract/scan'
import type { NamespaceFacts } from '@mintmark/ledger/model'
import { variableOf } from './consumers.ts'
import { pushTo } from './order.ts'
import type { Part } from './scopes.ts'

/** How one provider's SDK chooses between a static key and a federated identity. */
interface CredentialChain {
  /** Kinds of secrets that take part in it. */
  readonly secrets: readonly string[]
  /** Beginnings of the keys of identities that it federates with. */
  readonly identities: readonly string[]
  /** Variables from which it reads a static key; their presence decides. */
  readonly variables: readonly string[]
  /** What wins, with the page that says so. */
  readonly precedence: string
}

/** Facts from: AWS SDKs and Tools Reference Guide, "Standardized credential providers"; Azure Identity client library, "DefaultAzureCredential"; Google Cloud, "How Application Default Credentials works". */
const CHAINS: readonly CredentialChain[] = [
  {
    secrets: ['aws-secret-access-key', 'aws-session-token'],
    identities: ['aws:iam:'],
    variables: ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
    precedence: 'AWS SDKs take AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY before AWS_WEB_IDENTITY_TOKEN_FILE',
  },
  {
    secrets: ['entra-client-secret'],
    identities: ['entra:application:'],
    variables: ['AZURE_CLIENT_SECRET'],
    precedence: 'DefaultAzureCredential takes AZURE_CLIENT_SECRET before AZURE_FEDERATED_TOKEN_FILE',
  },
  {
    secrets: ['gcp-service-account-key'],
    identities: ['gcp:service-account:'],
    variables: ['GOOGLE_APPLICATION_CREDENTIALS'],
    precedence: 'Application Default Credentials take the file of GOOGLE_APPLICATION_CREDENTIALS before the metadata server',
  },
]

/** Links of relation `shadows`, from both ends. */
export interface Shadows {
  /** Links of secrets by fingerprint, from the static key to the federated identity that it shadows. */
  readonly ofSecrets: ReadonlyMap<string, readonly Link[]>
  /** The same links by key of the deployment. */
  readonly ofDeployments: ReadonlyMap<string, readonly Link[]>
}

/** Finds static keys on deployments that have a federated identity of the same provider: the key still works, and usually wins. */
export function findShadows(facts: NamespaceFacts, parts: readonly Part[]): Shadows {
  const federated = new Map<string, string[]>()
  for (const link of facts.links) if (link.relation === 'federated') pushTo(federated, link.deployment, link.identity)
  const ofSecrets = new Map<string, Link[]>()
  const ofDeployments = new Map<string, Link[]>()
  if (federated.size === 0) return { ofSecrets, ofDeployments }
  const names = new Map(facts.identities.map((identity) => [identity.key, identity]))
  const deployments = new Map(facts.deployments.map((deployment) => [deployment.key, deployment]))
  for (const { occurrence, effective } of parts) {
    const chain = CHAINS.find(({ secrets }) => secrets.includes(occurrence.finding.kind))
    if (chain === undefined || occurrence.finding.role !== 'secret' || occurrence.historic !== undefined) continue
    for (const taker of effective) {
      const deployment = deployments.get(taker.deployment)
      if (deployment === undefined) continue
      for (const identity of federated.get(taker.deployment) ?? []) {
        if (!chain.identities.some((beginning) => identity.startsWith(beginning))) continue
        const link = describeShadow(chain, occurrence, variableOf(taker, occurrence.entry), deployment, names.get(identity), identity)
        pushTo(ofSecrets, occurrence.finding.fingerprint, link)
        pushTo(ofDeployments, taker.deployment, link)
      }
    }
  }
  return { ofSecrets, ofDeployments }
}

function describeShadow(
  chain: CredentialChain,
  occurrence: OccurrenceObservation,
  variable: string | undefined,
  deployment: DeploymentObservation,
  identity: IdentityObservation | undefined,
  target: string,
): Link {
  const where = `${deployment.object.kind} ${deployment.object.namespace}/${deployment.object.name}`
  const called = variable ?? occurrence.entry
  const inChain = variable !== undefined && chain.variables.includes(variable)
  const outcome = inChain
    ? `${chain.precedence}, so the static key wins`
    : `${chain.precedence}; this key has another name, so it wins only where the program passes it itself`
  return {
    relation: 'shadows',
    target,
    confidence: inChain ? 'strong' : 'medium',
    evidence: [
      `${where} has a static key${called === '' ? '' : ` (${called})`} beside the federated identity ${identity?.name ?? target}: ${outcome}`.slice(0, 1_024),
    ],
  }
}

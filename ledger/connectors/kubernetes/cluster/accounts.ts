import { LIMITS } from '@mintmark/contract/scan/plain'
import type { IdentityObservation, LinkObservation } from '@mintmark/contract/scan'
import { awsPrincipalKey, entraApplicationKey, gcpServiceAccountKey, serviceAccountKey } from '@mintmark/ledger/model'
import { boundText, fieldsOf, listOf, optionalText } from '../objects/fields.ts'
import type { KubernetesObject } from '../objects/object.ts'
import type { PodTemplate } from '../workloads/pod-template.ts'
import type { Use } from '../workloads/uses.ts'

/** A cloud identity that a ServiceAccount may take without a key. */
export interface Federation {
  readonly identity: IdentityObservation
  readonly evidence: string
  readonly platform: 'aws' | 'azure' | 'google'
}

/** What a scan keeps of a ServiceAccount: names only. */
export interface Account {
  readonly federations: readonly Federation[]
  readonly pullSecrets: readonly string[]
  readonly secrets: readonly string[]
}

const ROLE_ARN = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/

/** The AWS account of a role ARN. */
export function accountOfRoleArn(arn: string): string | undefined {
  return ROLE_ARN.exec(arn)?.[1]
}

/** What a ServiceAccount says of its pods: cloud identities and Secrets. */
export function readAccount(object: KubernetesObject): Account {
  const names = (field: string): string[] =>
    listOf(object.fields[field])
      .slice(0, LIMITS.listItemsMax)
      .flatMap((reference) => optionalText(fieldsOf(reference)['name']) ?? [])
  return { federations: readFederations(object), pullSecrets: names('imagePullSecrets'), secrets: names('secrets') }
}

function readFederations(object: KubernetesObject): Federation[] {
  const federations: Federation[] = []
  const where = `Annotation of ServiceAccount ${object.ref.name}`
  const arn = optionalText(object.annotations['eks.amazonaws.com/role-arn'])
  const role = arn === undefined ? null : ROLE_ARN.exec(arn)
  if (arn !== undefined && role !== null && arn.length <= 512) {
    const attributes = { account: role[1] ?? '', role: (role[2] ?? '').slice(0, 512) }
    const identity = identityOf(awsPrincipalKey(arn), 'aws-iam-role', 'AWS', arn, attributes)
    federations.push({ identity, platform: 'aws', evidence: `${where}: eks.amazonaws.com/role-arn=${arn}` })
  }
  const clientId = optionalText(object.annotations['azure.workload.identity/client-id'])?.trim()
  if (clientId !== undefined && clientId !== '' && clientId.length <= 128) {
    const tenant = optionalText(object.annotations['azure.workload.identity/tenant-id'])?.slice(0, 128)
    const attributes = { clientId: clientId.toLowerCase(), ...(tenant === undefined ? {} : { tenantId: tenant.toLowerCase() }) }
    const identity = identityOf(entraApplicationKey(clientId), 'entra-application', 'Microsoft Entra', clientId.toLowerCase(), attributes)
    federations.push({ identity, platform: 'azure', evidence: `${where}: azure.workload.identity/client-id=${clientId}` })
  }
  const email = optionalText(object.annotations['iam.gke.io/gcp-service-account'])?.trim()
  if (email !== undefined && email.length <= 256 && /^[^@\s]+@[^@\s]+$/.test(email)) {
    const project = /@([^.]+)\.iam\.gserviceaccount\.com$/.exec(email)?.[1]
    const identity = identityOf(gcpServiceAccountKey(email), 'gcp-service-account', 'Google Cloud', email, project === undefined ? {} : { project })
    federations.push({ identity, platform: 'google', evidence: `${where}: iam.gke.io/gcp-service-account=${email}` })
  }
  return federations
}

function identityOf(key: string, kind: string, provider: string, name: string, attributes: IdentityObservation['attributes']): IdentityObservation {
  return { entity: 'identity', key: boundText(key, LIMITS.pathCharsMax), kind, provider, name, attributes }
}

/** The ServiceAccount itself as an identity. */
export function accountIdentity(cluster: string, namespace: string, name: string): IdentityObservation {
  const key = serviceAccountKey(cluster, namespace, name)
  return identityOf(key, 'kubernetes-service-account', 'Kubernetes', `${namespace}/${name}`.slice(0, 512), { namespace, serviceAccount: name })
}

/** What a deployment runs as, and which cloud identities its ServiceAccount may take. */
export function accountLinks(cluster: string, deployment: string, namespace: string, template: PodTemplate, account: Account | undefined): LinkObservation[] {
  const name = template.serviceAccount
  const written = template.spec['serviceAccountName'] !== undefined || template.spec['serviceAccount'] !== undefined
  const runsAs = serviceAccountKey(cluster, namespace, name)
  const links: LinkObservation[] = [
    {
      entity: 'link',
      key: boundText(`${deployment}#runs-as#${runsAs}`, LIMITS.pathCharsMax),
      deployment: boundText(deployment, LIMITS.pathCharsMax),
      identity: boundText(runsAs, LIMITS.pathCharsMax),
      relation: 'runs-as',
      confidence: 'exact',
      evidence: written ? `spec.serviceAccountName is ${name}` : 'No ServiceAccount is named, so it is default',
    },
  ]
  for (const { identity, platform, evidence } of account?.federations ?? []) {
    // Azure's webhook acts only on pods that ask for it by label.
    const asked = platform !== 'azure' || template.labels['azure.workload.identity/use'] === 'true'
    links.push({
      entity: 'link',
      key: boundText(`${deployment}#federated#${identity.key}`, LIMITS.pathCharsMax),
      deployment: boundText(deployment, LIMITS.pathCharsMax),
      identity: identity.key,
      relation: 'federated',
      confidence: asked ? 'exact' : 'medium',
      evidence: boundText(asked ? evidence : `${evidence}; the pods lack the label azure.workload.identity/use`, LIMITS.sentenceCharsMax),
    })
  }
  return links
}

/** Secrets that pods get through their ServiceAccount. Pull secrets of the account count only where the pod names none itself. */
export function accountUses(template: PodTemplate, account: Account | undefined): Use[] {
  if (account === undefined) return []
  const uses: Use[] = []
  const of = `ServiceAccount ${template.serviceAccount}`
  if (listOf(template.spec['imagePullSecrets']).length === 0) {
    for (const [index, name] of account.pullSecrets.entries()) {
      uses.push({ kind: 'Secret', name, container: '', via: 'imagePullSecret', optional: true, evidence: `${of}: imagePullSecrets[${index}]` })
    }
  }
  for (const [index, name] of account.secrets.entries()) {
    // Pull secrets are often listed twice; one edge tells it.
    if (account.pullSecrets.includes(name)) continue
    uses.push({ kind: 'Secret', name, container: '', via: 'volumeSecretRef', optional: true, evidence: `${of}: secrets[${index}]` })
  }
  return uses
}

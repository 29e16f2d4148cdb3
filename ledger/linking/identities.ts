import type { Attributes, Confidence, Finding, IdentityObservation, OccurrenceObservation } from '@mintmark/contract/scan'
import { LIMITS } from '@mintmark/contract/scan/plain'
import {
  awsAccessKeyOwnerKey,
  databaseUserKey,
  entraApplicationKey,
  gcpServiceAccountKey,
  issuerAccountKey,
  registryUserKey,
  serviceAccountKey,
} from '@mintmark/ledger/model'
import { familyOf, globalHost } from './endpoints.ts'
import type { IdentityKind } from './relations.ts'

/** An identity that a credential names itself. */
export interface NamedIdentity {
  readonly identity: IdentityObservation
  readonly confidence: Confidence
  readonly evidence: string
}

/** Schemes whose users are accounts of a service and not of a database or broker. */
const SERVICE_SCHEMES = new Set(['http', 'https', 'ftp', 'ftps', 'sftp', 'ssh', 'git', 'ws', 'wss', 'svn', 'smb'])

/** Whose credential this is, as far as its own public parts say. */
export function nameIdentity(cluster: string, occurrence: OccurrenceObservation): NamedIdentity | undefined {
  const { finding } = occurrence
  if (finding.role !== 'secret') return undefined
  switch (finding.kind) {
    case 'gcp-service-account-key':
      return nameGoogleAccount(finding)
    case 'kubernetes-service-account-token':
      return nameServiceAccount(cluster, occurrence)
    case 'docker-registry-credentials':
      return nameRegistryUser(finding)
    default:
      return nameUserAtHost(cluster, occurrence)
  }
}

function nameGoogleAccount({ attributes }: Finding): NamedIdentity | undefined {
  const email = pick(attributes, 'client_email', 'email')
  if (email === undefined) return undefined
  const project = pick(attributes, 'project_id', 'project')
  return {
    identity: {
      entity: 'identity',
      key: gcpServiceAccountKey(email),
      kind: 'gcp-service-account',
      provider: 'GCP',
      name: email,
      attributes: { email, ...(project === undefined ? {} : { project }) },
    },
    confidence: 'exact',
    evidence: cutSentence(`The key file names the service account ${email}`),
  }
}

function nameServiceAccount(cluster: string, { object, entry, finding }: OccurrenceObservation): NamedIdentity | undefined {
  const [, , fromSubject, accountOfSubject] = (pick(finding.attributes, 'sub') ?? '').split(':')
  const namespace = pick(finding.attributes, 'namespace') ?? fromSubject
  const name = pick(finding.attributes, 'serviceAccount') ?? accountOfSubject
  if (namespace === undefined || name === undefined) return undefined
  // The controller writes legacy tokens into Secrets of the account's own namespace; a copy elsewhere may be of another cluster.
  const atHome = object.kind === 'Secret' && object.namespace === namespace && entry === 'token'
  return {
    identity: {
      entity: 'identity',
      key: serviceAccountKey(cluster, namespace, name),
      kind: 'kubernetes-service-account',
      provider: 'Kubernetes',
      name: cutName(`${namespace}/${name}`),
      attributes: { namespace, serviceAccount: name },
    },
    confidence: atHome ? 'exact' : 'medium',
    evidence: atHome
      ? cutSentence(`The token's subject is service account ${namespace}/${name}`)
      : cutSentence(`The token's subject is service account ${namespace}/${name}, taken to be of this cluster`),
  }
}

function nameRegistryUser({ attributes }: Finding): NamedIdentity | undefined {
  const registry = pick(attributes, 'registry', 'host')
  const user = pick(attributes, 'user')
  if (registry === undefined || user === undefined) return undefined
  return {
    identity: {
      entity: 'identity',
      key: registryUserKey(registry, user),
      kind: 'registry-user',
      provider: 'Container registry',
      name: cutName(`${user}@${registry}`),
      attributes: { registry, user },
    },
    confidence: 'exact',
    evidence: cutSentence(`The registry credentials are of user ${user} at ${registry}`),
  }
}

function nameUserAtHost(cluster: string, { object, finding }: OccurrenceObservation): NamedIdentity | undefined {
  const { kind, provider, attributes } = finding
  const user = pick(attributes, 'user')
  const host = pick(attributes, 'host')
  if (user === undefined || host === undefined) return undefined
  const isAddress = kind === 'url-credentials' || kind === 'connection-string'
  const scheme = pick(attributes, 'scheme') ?? (isAddress ? provider : undefined)
  if (scheme === undefined) return undefined
  const where = globalHost(host, object.namespace, cluster)
  if (where === undefined) return undefined
  const family = familyOf(scheme)
  const isService = SERVICE_SCHEMES.has(family)
  const database = pick(attributes, 'database')
  return {
    identity: {
      entity: 'identity',
      key: isService ? issuerAccountKey(where, user) : databaseUserKey(family, user, where),
      kind: isService ? 'service-user' : 'database-user',
      provider,
      name: cutName(`${user}@${host}`),
      attributes: { scheme: family, user, host, ...(database === undefined ? {} : { database }) },
    },
    confidence: 'exact',
    evidence: cutSentence(`The credential names user ${user} at ${host}`),
  }
}

/**
 * The identity that a public id names: the owner of an access key, an Entra application, an account of another issuer.
 *
 * @param facts public facts that belong to it, such as the tenant
 */
export function identityOfPublicId(kind: IdentityKind, finding: Finding, facts: Attributes): IdentityObservation | undefined {
  const { publicId } = finding
  if (publicId === undefined) return undefined
  const shared = { entity: 'identity' } as const
  switch (kind) {
    case 'aws-access-key-owner': {
      const account = accountOf(finding.attributes)
      const attributes = { accessKeyId: publicId, ...(account === undefined ? {} : { account }) }
      return {
        ...shared,
        key: awsAccessKeyOwnerKey(publicId),
        kind: 'aws-access-key-owner',
        provider: 'AWS',
        name: cutName(`Owner of access key ${publicId}`),
        attributes,
      }
    }
    case 'entra-application': {
      const tenant = pick(facts, 'tenant') ?? pick(finding.attributes, 'tenant')
      const attributes = { clientId: publicId, ...(tenant === undefined ? {} : { tenant }) }
      return {
        ...shared,
        key: entraApplicationKey(publicId),
        kind: 'entra-application',
        provider: 'Microsoft',
        name: cutName(`Entra application ${publicId}`),
        attributes,
      }
    }
    case 'issuer-account': {
      const issuer = finding.provider === '' ? 'oauth' : finding.provider
      return {
        ...shared,
        key: issuerAccountKey(issuer, publicId),
        kind: 'issuer-account',
        provider: finding.provider,
        name: publicId,
        attributes: { id: publicId },
      }
    }
  }
}

/** Twelve digits of the AWS account, where the key id carries them. */
export function accountOf(attributes: Attributes): string | undefined {
  return pick(attributes, 'account')
}

/** The first attribute of these names that says something. */
export function pick(attributes: Attributes, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = attributes[name]
    if (value !== undefined && value !== '') return value
  }
  return undefined
}

/** Characters of an identity's name in the contract. */
const NAME_CHARS_MAX = 512

function cutName(name: string): string {
  return name.slice(0, NAME_CHARS_MAX)
}

function cutSentence(sentence: string): string {
  return sentence.slice(0, LIMITS.sentenceCharsMax)
}

import type { SecretFacts } from '@mintmark/ledger/model'
import { accountOf, pick } from './identities.ts'
import { vaguenessOf } from './specificity.ts'

/** Words in the place of a provider that name a technique or nothing at all. */
const NO_ISSUERS: ReadonlySet<string> = new Set(['', 'generic', 'unknown', 'pki', 'ssh', 'pgp', 'database', 'http'])

type KnownOfSecret = Pick<SecretFacts, 'kind' | 'provider' | 'publicId' | 'attributes'>

/** Why the last use is not known, and what would make it known. */
export function explainUnknownUse(secret: KnownOfSecret): string {
  return hasIssuer(secret) ? `the cluster does not record it. ${adviseSource(secret, 'when it was last used')}` : UNKNOWN_USE
}

/** Why the rights of the owner are not known, and what would make them known. */
export function explainUnknownRights(secret: KnownOfSecret): string {
  return hasIssuer(secret) ? `the cluster does not know them. ${adviseSource(secret, 'what its owner may do')}` : UNKNOWN_RIGHTS
}

/** What is said of every secret without an issuer, once: most secrets have none. */
const UNKNOWN_USE = 'the cluster does not record it. Only the system that accepts it can say when it was last used; there is no integration for it'
const UNKNOWN_RIGHTS = 'the cluster does not know them. Only the system that accepts it can say what its owner may do; there is no integration for it'
/** Kinds whose advice does not depend on an issuer's name. */
const OWN_ADVICE = /^(?:aws-|entra-|kubernetes-service-account-token$)/

function hasIssuer({ kind, provider }: KnownOfSecret): boolean {
  return OWN_ADVICE.test(kind) || (vaguenessOf(kind) === 0 && !NO_ISSUERS.has(provider.toLowerCase()))
}

/** The integration that would answer the question, in one sentence a person can act on. */
function adviseSource(secret: KnownOfSecret, question: string): string {
  const { kind, provider, publicId, attributes } = secret
  if (kind.startsWith('aws-')) {
    const account = accountOf(attributes)
    if (account !== undefined) return `Connect AWS account ${account} to see ${question}`
    if (publicId !== undefined) return `Connect the AWS account that owns ${publicId} to see ${question}`
    return `Its access key id was not found beside it; connect the AWS account that owns it to see ${question}`
  }
  if (kind.startsWith('entra-')) {
    const tenant = pick(attributes, 'tenant')
    return tenant === undefined ? `Connect its Microsoft Entra tenant to see ${question}` : `Connect Microsoft Entra tenant ${tenant} to see ${question}`
  }
  if (kind === 'kubernetes-service-account-token') return `The API server's audit log would show ${question}`
  return `Only ${provider} can say ${question}; there is no integration for it`
}

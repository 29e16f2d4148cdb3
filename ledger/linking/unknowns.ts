import type { SecretFacts } from '@mintmark/ledger/model'
import { accountOf, pick } from './identities.ts'
import { vaguenessOf } from './specificity.ts'

/** Words in the place of a provider that name a technique or nothing at all. */
const NO_ISSUERS: ReadonlySet<string> = new Set(['', 'generic', 'unknown', 'pki', 'ssh', 'pgp', 'database', 'http'])

type KnownOfSecret = Pick<SecretFacts, 'kind' | 'provider' | 'publicId' | 'attributes'>

/** Why the last use is not known, and what would make it known. */
export function explainUnknownUse(secret: KnownOfSecret): string {
  return `the cluster does not record it. ${adviseSource(secret, 'when it was last used')}`
}

/** Why the rights of the owner are not known, and what would make them known. */
export function explainUnknownRights(secret: KnownOfSecret): string {
  return `the cluster does not know them. ${adviseSource(secret, 'what its owner may do')}`
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
  const isIssuer = vaguenessOf(kind) === 0 && !NO_ISSUERS.has(provider.toLowerCase())
  return `Only ${isIssuer ? provider : 'the system that accepts it'} can say ${question}; there is no integration for it`
}

import type { Leaf } from '../leaf.ts'
import type { Kind } from '../kinds.ts'
import { providerOfWords } from './providers.ts'
import type { Sense } from './sense.ts'
import { schemeOf } from './weigh.ts'

/** Kind and provider of a value that its name gave away. */
export function kindOfSense(sense: Sense, value: string, leaf: Leaf, registry: string | undefined): { readonly kind: Kind; readonly provider: string } {
  const words = new Set(sense.words)
  const provider = providerOfWords(sense.words)
  if (registry !== undefined) return { kind: 'docker-registry-credentials', provider: registry.length <= 64 ? registry : 'unknown' }
  if (leaf.name === 'token-secret' && leaf.siblings.some((sibling) => sibling.startsWith('token-id')))
    return { kind: 'kubernetes-bootstrap-token', provider: 'Kubernetes' }
  if (isAwsSecret(words, value)) return { kind: 'aws-secret-access-key', provider: 'AWS' }
  switch (sense.meaning) {
    case 'password':
    case 'pin':
      return { kind: 'password', provider }
    case 'passphrase':
      return { kind: 'passphrase', provider }
    case 'token':
      return { kind: words.has('bearer') ? 'bearer-token' : 'generic-token', provider }
    case 'credential':
    case 'auth':
      if (schemeOf(value) !== undefined) return { kind: 'bearer-token', provider }
      return { kind: /[:/]/.test(value) ? 'basic-auth' : 'password', provider }
    case 'cookie':
      return { kind: hasAny(words, 'session', 'sessid', 'auth') || words.size === 1 ? 'session-cookie' : 'generic-secret', provider }
    case 'seed':
      return { kind: words.has('totp') || words.has('otpsecret') ? 'one-time-password-seed' : 'generic-secret', provider }
    case 'secret':
      return kindOfSecret(words, leaf, provider)
    case 'key':
      return { kind: kindOfKey(words), provider }
  }
}

function kindOfSecret(words: ReadonlySet<string>, leaf: Leaf, provider: string): { readonly kind: Kind; readonly provider: string } {
  if (words.has('client') || words.has('consumer') || words.has('oauth') || words.has('oauth2') || words.has('oidc')) {
    const isEntra = ['azure', 'entra', 'aad', 'arm', 'msal'].some((word) => words.has(word)) || leaf.siblings.some((sibling) => /tenant_?id/i.test(sibling))
    return isEntra ? { kind: 'entra-client-secret', provider: 'Microsoft Entra' } : { kind: 'oauth-client-secret', provider }
  }
  if (hasAny(words, 'totp', 'otp', 'mfa')) return { kind: 'one-time-password-seed', provider }
  if (hasAny(words, 'jwt', 'session', 'cookie', 'signing', 'sign', 'webhook', 'hmac', 'csrf', 'nextauth', 'signature'))
    return { kind: 'signing-secret', provider }
  if (hasAny(words, 'encryption', 'encrypt', 'crypt', 'cipher')) return { kind: 'encryption-key', provider }
  return { kind: 'generic-secret', provider }
}

function kindOfKey(words: ReadonlySet<string>): Kind {
  if (hasAny(words, 'encryption', 'encrypt', 'decryption', 'cipher', 'crypt', 'crypto', 'aes', 'fernet', 'des', 'kms', 'unseal', 'symmetric', 'transit'))
    return 'encryption-key'
  if (hasAny(words, 'jwt', 'signing', 'sign', 'hmac', 'session', 'cookie', 'csrf', 'signature', 'nonce')) return 'signing-secret'
  if (words.has('private')) return 'private-key'
  if (hasAny(words, 'api', 'apikey', 'apikeys', 'access', 'license', 'licence', 'integration', 'ingest', 'write', 'subscription')) return 'generic-api-key'
  if (words.has('master')) return 'encryption-key'
  return words.has('secret') ? 'generic-secret' : 'generic-api-key'
}

/** AWS calls it "secret access key": 40 characters of the base64 alphabet. IAM User Guide, "Managing access keys". */
function isAwsSecret(words: ReadonlySet<string>, value: string): boolean {
  return (
    words.has('secret') &&
    words.has('key') &&
    (words.has('access') || words.has('aws') || words.has('s3')) &&
    /^[A-Za-z0-9/+]{40}$/.test(value) &&
    !/^[0-9a-f]{40}$/.test(value)
  )
}

function hasAny(words: ReadonlySet<string>, ...wanted: readonly string[]): boolean {
  return wanted.some((word) => words.has(word))
}

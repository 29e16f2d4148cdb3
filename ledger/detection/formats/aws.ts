import type { FormatRule, KeyedRule } from '../rule.ts'
import { endingIn, namedAfter } from './issuer.ts'

const IDENTIFIERS = { page: 'IAM User Guide, "IAM identifiers", unique id prefixes', licence: 'facts' } as const
const BEDROCK = { page: 'Amazon Bedrock User Guide, "API keys"; gitleaks v8.30.1, default rules', licence: 'MIT' } as const
const SECRET = { page: 'IAM User Guide, "Manage access keys for IAM users"', licence: 'facts' } as const
const MWS = { page: 'Amazon MWS Developer Guide, authorisation token', licence: 'facts' } as const

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const KEY_TYPES: Readonly<Record<string, string>> = { AKIA: 'long-term', ASIA: 'temporary', ABIA: 'bearer', ACCA: 'context-specific' }

/** Keys of AWS that identify themselves. */
export const aws: readonly FormatRule[] = [
  {
    id: 'aws-access-key-id',
    kind: 'aws-access-key-id',
    provider: 'AWS',
    role: 'identifier',
    anchors: ['AKIA', 'ASIA', 'ABIA', 'ACCA'],
    pattern: /A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}(?![/+=])/y,
    read({ match: [id] }) {
      const account = accountOfAccessKeyId(id)
      const type = KEY_TYPES[id.slice(0, 4)] ?? 'unknown'
      return {
        publicId: id,
        attributes: { type, ...(account === undefined ? {} : { account }) },
        reasons: [account === undefined ? 'An access key id by prefix, length and alphabet' : `An access key id that carries its account, ${account}`],
      }
    },
    source: IDENTIFIERS,
  },
  {
    id: 'aws-bedrock-long-term-key',
    kind: 'aws-bedrock-api-key',
    provider: 'AWS',
    anchors: ['ABSK'],
    pattern: /ABSK[A-Za-z0-9+/]{109,269}={0,2}/y,
    source: BEDROCK,
  },
  {
    id: 'aws-bedrock-short-term-key',
    kind: 'aws-bedrock-api-key',
    provider: 'AWS',
    anchors: ['bedrock-api-key-'],
    pattern: /bedrock-api-key-[A-Za-z0-9+/_-]{60,3500}={0,2}/y,
    source: BEDROCK,
  },
  {
    id: 'aws-mws-token',
    kind: 'aws-mws-token',
    provider: 'AWS',
    anchors: ['amzn.mws.'],
    pattern: /amzn\.mws\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/y,
    source: MWS,
  },
]

/** Shapes of this family that are decided by their name. */
export const awsByName: readonly KeyedRule[] = [
  {
    id: 'aws-secret-key-by-service-name',
    kind: 'aws-secret-access-key',
    provider: 'AWS',
    confidence: 'strong',
    name: namedAfter('aws|s3|ses|sqs|sns|dynamo|dynamodb', 'secret(?:_?(?:access_?)?key(?:_?id)?)?'),
    shape: /^(?=[^A-Z]{0,39}[A-Z])(?=[^a-z]{0,39}[a-z])[A-Za-z0-9/+]{40}$/,
    source: SECRET,
  },
  {
    id: 'aws-secret-access-key-by-name',
    kind: 'aws-secret-access-key',
    provider: 'AWS',
    confidence: 'strong',
    name: endingIn('secret_?access_?key|aws_?secret(?:_?key)?'),
    shape: /^(?=[^A-Z]{0,39}[A-Z])(?=[^a-z]{0,39}[a-z])[A-Za-z0-9/+]{40}$/,
    source: SECRET,
  },
  {
    id: 'aws-session-token-by-name',
    kind: 'aws-session-token',
    provider: 'AWS',
    confidence: 'strong',
    name: endingIn('aws_?(?:session|security)_?token|session_token|x_amz_security_token'),
    shape: /^[A-Za-z0-9/+]{100,1020}={0,2}$/,
    source: SECRET,
  },
]

/**
 * The account that a key belongs to, read from the key id itself: 40 bits of the base32 body.
 * It tells a user which account to connect before anything of that account was read.
 *
 * @returns twelve digits, or undefined for ids of the older generation, which do not carry it
 */
function accountOfAccessKeyId(accessKeyId: string): string | undefined {
  const body = accessKeyId.slice(4)
  if (!/^[Q-Z2-7][A-Z2-7]{15}$/.test(body)) return undefined
  let bits = 0n
  for (const letter of body.slice(0, 10)) bits = (bits << 5n) | BigInt(BASE32.indexOf(letter))
  const firstSixBytes = bits >> 2n
  return ((firstSixBytes & 0x7fffffffff80n) >> 7n).toString().padStart(12, '0')
}

import { type Bundle, type Setting, plantedSetting } from '../credential.ts'
import { type Random, BASE32, BASE62, BASE64, HEX } from '../random.ts'
import { domain, serviceName, uuid } from '../words.ts'
import { ed25519Pem, rsaPem } from './keys.ts'

/** Access key id of the generation that carries its account: bits 21 to 60 of the 80 after the type. */
export function awsAccessKeyId(random: Random, account: number): string {
  let bits = (1n << 79n) | (BigInt(account) << 39n) | (BigInt(random.int(0, 0x7fff_ffff)) << 8n) | BigInt(random.int(0, 255))
  let text = ''
  for (let position = 0; position < 16; position++) {
    text = `${BASE32[Number(bits & 31n)]}${text}`
    bits >>= 5n
  }
  return `AKIA${text}`
}

/** Static AWS keys: id and secret, with the region beside them. */
export function awsBundle(random: Random, credential: string): Bundle {
  const account = random.int(100_000_000, 999_999_999) * 1000 + random.int(0, 999)
  const id = awsAccessKeyId(random, account)
  const stem = random.weighted<readonly string[]>([
    [5, []],
    [2, ['aws']],
    [2, ['s3']],
    [1, [serviceName(random), 's3']],
    [1, ['backup', 'storage']],
  ])
  const bare = stem.length === 0
  const [idName, secretName] = random.pick<readonly [string, string]>(
    bare
      ? [
          ['aws-access-key-id', 'aws-secret-access-key'],
          ['aws-access-key', 'aws-secret-key'],
        ]
      : [
          ['access-key-id', 'secret-access-key'],
          ['access-key', 'secret-key'],
          ['key', 'secret'],
          ['accesskey', 'secretkey'],
        ],
  )
  const common = { type: 'aws-access-key', provider: 'aws', credential, pair: credential, identity: `aws:access-key-owner:${id}` }
  return {
    type: 'aws-access-key',
    settings: [
      plantedSetting([...stem, idName], id, { ...common, role: 'identifier' }),
      plantedSetting([...stem, secretName], random.text(BASE64, 40), common),
      { path: [...stem, bare ? 'aws-region' : 'region'], text: random.pick(['eu-central-1', 'us-east-1', 'eu-west-1']), plants: [] },
    ],
  }
}

/** Entra application: tenant, client id and a client secret of 40 or 37 characters. */
export function entraBundle(random: Random, credential: string): Bundle {
  const alphabet = `${BASE62}_.~-`
  const secret = random.chance(0.8)
    ? `${random.text(alphabet, 3)}8Q~${random.text(alphabet, 34)}`
    : `${random.text(alphabet, 3)}7Q~${random.text(alphabet, 31)}`
  const stem = random.pick([
    ['azure'],
    ['entra'],
    ['aad'],
    [serviceName(random), 'azure'],
    ['arm'],
    ['spring', 'cloud', 'azure', 'credential'],
    ['oauth', 'microsoft'],
  ])
  const clientId = uuid(random)
  const common = { type: 'entra-client-secret', provider: 'microsoft', credential, pair: credential, identity: `entra:application:${clientId}` }
  return {
    type: 'entra-client-secret',
    settings: [
      plantedSetting([...stem, 'tenant-id'], uuid(random), { ...common, role: 'companion' }),
      plantedSetting([...stem, 'client-id'], clientId, { ...common, role: 'identifier', expected: 'either' }),
      plantedSetting([...stem, random.pick(['client-secret', 'client-secret', 'app-secret'])], secret, common),
    ],
  }
}

/** 64 bytes as base64 with the signature of a storage account's key at its place. */
function annotatedAzureKey(random: Random, signature: string, bytes: number, signatureAt: number): string {
  const body = random.text(BASE62, Math.ceil((bytes * 4) / 3))
  const padding = '='.repeat((3 - (bytes % 3)) % 3)
  return `${body.slice(0, signatureAt)}${signature}${body.slice(signatureAt + signature.length)}${padding}`
}

/** Azure storage, service bus and Cosmos connection strings, and the bare storage key. */
export function azureResourceBundle(random: Random, credential: string): Bundle {
  const account = `st${serviceName(random)}${random.int(1, 999)}`
  const storageKey = annotatedAzureKey(random, '+ASt', 64, 76)
  const busKey = annotatedAzureKey(random, '+ASb', 32, 33)
  const cosmosKey = annotatedAzureKey(random, 'ACDb', 64, 76)
  const connection = (path: string[], before: string, key: string, after: string, type: string): Setting =>
    plantedSetting(path, `${before}${key}${after}`, { type, provider: 'microsoft', credential }, { start: before.length, end: before.length + key.length })
  const [type, settings] = random.pick<readonly [string, () => readonly Setting[]]>([
    [
      'azure-storage-key',
      () => [
        connection(
          ['azure-storage-connection-string'],
          `DefaultEndpointsProtocol=https;AccountName=${account};AccountKey=`,
          storageKey,
          ';EndpointSuffix=core.windows.net',
          'azure-storage-key',
        ),
      ],
    ],
    [
      'azure-storage-key',
      () => [
        { path: ['azure-storage-account'], text: account, plants: [] },
        plantedSetting(['azure-storage-key'], storageKey, { type: 'azure-storage-key', provider: 'microsoft', credential }),
      ],
    ],
    [
      'azure-service-bus-key',
      () => [
        connection(
          ['service-bus-connection-string'],
          `Endpoint=sb://${account}.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=`,
          busKey,
          '',
          'azure-service-bus-key',
        ),
      ],
    ],
    [
      'azure-cosmos-key',
      () => [
        connection(['cosmos-connection-string'], `AccountEndpoint=https://${account}.documents.azure.com:443/;AccountKey=`, cosmosKey, ';', 'azure-cosmos-key'),
      ],
    ],
  ])
  return { type, settings: settings() }
}

/** A Google service-account key file: the private key is the secret, its id is public. */
export function gcpBundle(random: Random, credential: string): Bundle {
  const project = `${serviceName(random)}-${random.int(1000, 99_999)}`
  const email = `${serviceName(random)}@${project}.iam.gserviceaccount.com`
  const keyId = random.text(HEX, 40)
  const pem = random.chance(0.5) ? rsaPem(random, 'PKCS8') : ed25519Pem(random)
  const file = {
    type: 'service_account',
    project_id: project,
    private_key_id: keyId,
    private_key: pem,
    client_email: email,
    client_id: `1${random.int(10 ** 8, 10 ** 9)}`,
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: 'https://oauth2.googleapis.com/token',
    universe_domain: 'googleapis.com',
  }
  const text = random.chance(0.7) ? JSON.stringify(file, undefined, 2) : JSON.stringify(file)
  const escaped = JSON.stringify(pem).slice(1, -1)
  const start = text.indexOf(escaped)
  const part = { type: 'gcp-service-account-key', provider: 'google', credential, identity: `gcp:service-account:${email}` }
  const path = [random.pick(['google-credentials', 'service-account-json', 'gcp-key', 'credentials'])]
  return { type: part.type, only: 'file', settings: [plantedSetting(path, text, part, { start, end: start + escaped.length, value: pem })] }
}

/** Datadog, Twilio, Algolia, New Relic and the like: keys without a mark, told apart by their names. */
export function namedKeyBundle(random: Random, credential: string): Bundle {
  const [provider, name, make] = random.pick<readonly [string, string, () => string]>([
    ['datadog', 'dd-api-key', () => random.text(HEX, 32)],
    ['datadog', 'datadog-app-key', () => random.text(HEX, 40)],
    ['twilio', 'twilio-auth-token', () => random.text(HEX, 32)],
    ['algolia', 'algolia-admin-key', () => random.text(HEX, 32)],
    ['cloudflare', 'cloudflare-api-token', () => random.text(`${BASE62}_-`, 40)],
    ['cloudflare', 'cf-api-key', () => random.text(HEX, 37)],
    ['heroku', 'heroku-api-key', () => uuid(random)],
    ['pagerduty', 'pagerduty-routing-key', () => random.text(HEX, 32)],
    ['', `${serviceName(random)}-api-key`, () => random.text(BASE62, random.pick([20, 24, 32, 40]))],
    ['', 'x-api-key', () => uuid(random)],
  ])
  const type = 'api-key'
  const settings = [
    plantedSetting([...random.pick([[], ['services'], ['external', domain(random).split('.')[0] ?? 'api']]), name], make(), { type, provider, credential }),
  ]
  return { type, settings }
}

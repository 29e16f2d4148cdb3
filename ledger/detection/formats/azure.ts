import type { Kind } from '../kinds.ts'
import { charClass, type FormatRule, type KeyedRule } from '../rule.ts'
import { endingIn, issuer, namedAfter } from './issuer.ts'

const MICROSOFT = { page: 'https://github.com/microsoft/security-utilities (638ad20), SEC101 patterns', licence: 'MIT' } as const
const PURVIEW = { page: 'https://learn.microsoft.com/purview/sit-defn-all-creds', licence: 'facts' } as const
const entra = issuer('Microsoft Entra', MICROSOFT)
const azureIssuer = issuer('Azure', MICROSOFT)

const BASE64 = charClass('A-Za-z0-9+/')
const BASE62 = charClass('A-Za-z0-9')
const BASE64URL = charClass('A-Za-z0-9_-')
const ENTRA_CHARS = charClass('A-Za-z0-9_~.-')
/** Characters before `7Q~` or `8Q~`; Microsoft Graph shows exactly these as the hint of the password. */
const ENTRA_HINT_CHARS = 3

/** A key that carries the signature of its resource provider at a fixed place. */
function signed(id: string, kind: Kind, signature: string, before: number, pattern: RegExp, chars = BASE64): FormatRule {
  return azureIssuer.token(id, kind, [signature], pattern, {
    lead: { chars, max: before },
    read: () => ({ reasons: [`A key of the right length with the signature ${signature} where Azure puts it`] }),
  })
}

const entraSecret = (id: string, anchor: string, pattern: RegExp): FormatRule =>
  entra.token(id, 'entra-client-secret', [anchor], pattern, {
    lead: { chars: ENTRA_CHARS, max: ENTRA_HINT_CHARS },
    edges: 'open',
    // The hint is public: Graph answers it for every application credential, and it finds the registration without the secret.
    read: ({ match: [secret] }) => ({
      attributes: { hint: secret.slice(0, ENTRA_HINT_CHARS) },
      reasons: ['A client secret of Microsoft Entra: marker and exact length'],
    }),
  })

/** Secrets of Microsoft Entra and keys of Azure resources. */
export const azure: readonly FormatRule[] = [
  entraSecret('entra-client-secret-7', '7Q~', /(?<![\w~.+/-])[\w~.-]{3}7Q~[\w~.-]{31}(?![\w~+/-]|\.\w)/y),
  entraSecret('entra-client-secret-8', '8Q~', /(?<![\w~.+/-])[\w~.-]{3}8Q~[\w~.-]{34}(?![\w~+/-]|\.\w)/y),
  signed('azure-storage-key', 'azure-storage-key', '+ASt', 76, /[A-Za-z0-9+/]{76}\+ASt[A-Za-z0-9+/]{5}[AQgw]==/y),
  signed('azure-cosmos-key', 'azure-cosmos-key', 'ACDb', 76, /[A-Za-z0-9+/]{76}ACDb[A-Za-z0-9+/]{5}[AQgw]==/y),
  signed('azure-batch-key', 'azure-batch-key', '+ABa', 76, /[A-Za-z0-9+/]{76}\+ABa[A-Za-z0-9+/]{5}[AQgw]==/y),
  signed('azure-machine-learning-key', 'azure-resource-key', '+AMC', 76, /[A-Za-z0-9+/]{76}\+AMC[A-Za-z0-9+/]{5}[AQgw]==/y),
  signed('azure-api-management-key', 'azure-api-management-key', 'APIM', 76, /[A-Za-z0-9+/]{76}APIM[A-Za-z0-9+/]{5}[AQgw]==/y),
  signed('azure-service-bus-key', 'azure-messaging-key', '+ASb', 33, /[A-Za-z0-9+/]{33}\+ASb[A-P][A-Za-z0-9+/]{5}=/y),
  signed('azure-event-hub-key', 'azure-messaging-key', '+AEh', 33, /[A-Za-z0-9+/]{33}\+AEh[A-P][A-Za-z0-9+/]{5}=/y),
  signed('azure-relay-key', 'azure-messaging-key', '+ARm', 33, /[A-Za-z0-9+/]{33}\+ARm[A-P][A-Za-z0-9+/]{5}=/y),
  signed('azure-event-grid-key', 'azure-messaging-key', 'AZEG', 33, /[A-Za-z0-9+/]{33}AZEG[A-P][A-Za-z0-9+/]{5}=/y),
  signed('azure-iot-key', 'azure-iot-key', 'AIoT', 33, /[A-Za-z0-9+/]{33}AIoT[A-P][A-Za-z0-9+/]{5}=/y),
  signed('azure-redis-key', 'azure-redis-key', 'AzCa', 33, /[A-Za-z0-9+/]{33}AzCa[A-P][A-Za-z0-9+/]{5}=/y),
  signed('azure-container-registry-key', 'azure-container-registry-key', '+ACR', 42, /[A-Za-z0-9+/]{42}\+ACR[A-D][A-Za-z0-9+/]{5}/y),
  signed('azure-search-key', 'azure-search-key', 'AzSe', 42, /[A-Za-z0-9]{42}AzSe[A-D][A-Za-z0-9]{5}(?![/+=-])/y, BASE62),
  signed('azure-functions-key', 'azure-functions-key', 'AzFu', 44, /[\w-]{44}AzFu[\w-]{5}[AQgw]==/y, BASE64URL),
  signed(
    'azure-annotated-key',
    'azure-resource-key',
    'JQQJ',
    52,
    /[A-Za-z0-9]{52}JQQJ9[9DH][A-Za-z0-9][A-L][A-Za-z0-9]{16}[A-Za-z][A-Za-z0-9]{7}(?:[A-Za-z0-9]{2}==)?/y,
    BASE62,
  ),
  azureIssuer.token('azure-devops-token', 'azure-devops-token', ['AZDO'], /[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}/y, {
    lead: { chars: BASE62, max: 76 },
    source: PURVIEW,
  }),
  azureIssuer.token('azure-sas-signature', 'azure-sas-token', ['sig='], /sig=((?:[A-Za-z0-9/+]|%2[BbFf]){43}(?:=|%3[Dd]))/y, {
    edges: 'open',
    read({ match, start, end, leaf }) {
      const [whole = '', signature = ''] = match
      const expiry = /[?&]se=(\d{4}-\d\d-\d\d(?:T|%3A|[\d:])[\dZ%A:.-]{0,24})/.exec(leaf.text.slice(Math.max(0, start - 1_000), end + 1_000))?.[1]
      const expiresAt = expiry === undefined ? undefined : instantOf(decodeURIComponent(expiry))
      return {
        start: start + whole.length - signature.length,
        canonical: decodeURIComponent(signature),
        ...(expiresAt === undefined ? {} : { expiresAt }),
        reasons: ['The signature of a shared access signature of Azure: base64 of 32 bytes'],
      }
    },
    source: { page: 'https://learn.microsoft.com/azure/storage/common/storage-sas-overview', licence: 'facts' },
  }),
]

const KEY_88 = /^[A-Za-z0-9+/]{86}==$/
const KEY_44 = /^[A-Za-z0-9+/]{43}=$/
const HEX_32 = /^[0-9a-f]{32}$/
const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/

/** Shapes of this family that are decided by their name. */
export const azureByName: readonly KeyedRule[] = [
  azureIssuer.keyed('azure-cosmos-key-by-name', 'azure-cosmos-key', namedAfter('cosmos|cosmosdb|documentdb'), KEY_88),
  azureIssuer.keyed('azure-batch-key-by-name', 'azure-batch-key', namedAfter('batch'), KEY_88),
  azureIssuer.keyed(
    'azure-storage-key-by-name',
    'azure-storage-key',
    namedAfter('azure|azurite|storage|blob|account|adls|wasb|abfs|fs', 'key|key_?[12]|secret|account_?key'),
    KEY_88,
  ),
  azureIssuer.keyed(
    'azure-messaging-key-by-name',
    'azure-messaging-key',
    namedAfter('service_?bus|event_?hubs?|shared_access|sas|relay', 'key(?:_value)?'),
    KEY_44,
  ),
  azureIssuer.keyed(
    'azure-openai-key-by-name',
    'azure-openai-key',
    namedAfter('azure_open_?ai|azure_ai|azure_cognitive|azure_speech|azure_translator|cognitive_services?|aoai'),
    HEX_32,
  ),
  azureIssuer.keyed('azure-devops-token-by-name', 'azure-devops-token', namedAfter('azp|azure_devops|azure_dev_ops|ado|vsts|system'), /^[a-z2-7]{52}$/),
  azureIssuer.keyed('azure-redis-key-by-name', 'azure-redis-key', namedAfter('azure_redis|azure_cache'), KEY_44),
  entra.keyed('entra-tenant-id-by-name', 'entra-tenant-id', endingIn('tenant_?id'), UUID, { role: 'identifier' }),
  entra.keyed(
    'entra-client-id-by-name',
    'entra-client-id',
    namedAfter('azure|arm|aad|entra|ms|microsoft|graph|msal|az', '(?:client|app|application)_?id'),
    UUID,
    { role: 'identifier' },
  ),
]

function instantOf(text: string): string | undefined {
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}

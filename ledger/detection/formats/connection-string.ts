import type { Attributes } from '@mintmark/contract/scan'
import { isExpression } from '../names/expression.ts'
import type { Found, FormatRule, Reading } from '../rule.ts'

/** Characters on either side of a password in which the other keywords of its string are looked for. */
const SURROUNDINGS_CHARS = 600
const ATTRIBUTE_CHARS_MAX = 200

const ADO = { page: 'https://learn.microsoft.com/dotnet/framework/data/adonet/connection-string-syntax', licence: 'facts' } as const
const AZURE = { page: 'https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string', licence: 'facts' } as const
/** `host:port,password=…,ssl=True` of StackExchange.Redis. */
const CACHE_ADDRESS = /^[\w.-]{1,253}:\d{2,5},|,\s?abortConnect=/i
const SERVER_KEYWORD =
  /(?:^|[;\s"'?&])(?:server|data source|datasource|host|hostname|address|addr|network address|dsn|driver|initial catalog|dbname|database|provider|endpoint)\s{0,4}=/i

/** Connection strings made of keywords. */
export const connectionStrings: readonly FormatRule[] = [
  {
    id: 'keyword-password',
    kind: 'connection-string',
    provider: 'Database',
    anchors: ['assword=', 'ASSWORD=', 'asswd=', 'ASSWD=', 'pwd=', 'Pwd=', 'PWD=', 'assword =', 'ASSWORD =', 'Pwd =', 'PWD =', 'pwd ='],
    pattern: /(?:assw(?:or)?d|pwd)\s?=(?!>)\s{0,4}(?:[bBuUrR](?=["']))?(?:"([^"\n]{1,256})"|'([^'\n]{1,256})'|\{([^}\n]{1,256})\}|([^\s;&"',`]{1,256}))/iy,
    edges: 'open',
    read: readKeyword,
    source: ADO,
  },
  {
    id: 'azure-account-key',
    kind: 'azure-storage-key',
    provider: 'Azure',
    anchors: ['ccountKey=', 'ccountkey='],
    pattern: /ccount[Kk]ey=([A-Za-z0-9+/]{86}==)/y,
    edges: 'open',
    read({ leaf, match, start, end }) {
      const around = surroundings(leaf.text, start, end)
      const account = /Account(?:Name|Endpoint)=([^;\s]{1,200})/i.exec(around)?.[1]
      const isCosmos = /AccountEndpoint=|documents\.azure\.com/i.test(around)
      const key = match[1] ?? ''
      return {
        start: end - key.length,
        kind: isCosmos ? 'azure-cosmos-key' : 'azure-storage-key',
        canonical: key,
        attributes: attributesOf({ account }),
        reasons: [`An account key in a connection string of Azure ${isCosmos ? 'Cosmos DB' : 'Storage'}`],
      }
    },
    source: AZURE,
  },
  {
    id: 'azure-shared-access-key',
    kind: 'azure-messaging-key',
    provider: 'Azure',
    anchors: ['haredAccessKey=', 'haredaccesskey='],
    pattern: /hared[Aa]ccess[Kk]ey=([A-Za-z0-9+/]{43}=)/y,
    edges: 'open',
    read({ leaf, match, start, end }) {
      const around = surroundings(leaf.text, start, end)
      const host = /(?:Endpoint=sb:\/\/|HostName=)([\w.-]{1,200})/i.exec(around)?.[1]
      const policy = /SharedAccessKeyName=([\w.-]{1,128})/i.exec(around)?.[1]
      const key = match[1] ?? ''
      return {
        start: end - key.length,
        kind: host?.toLowerCase().includes('azure-devices') === true ? 'azure-iot-key' : 'azure-messaging-key',
        canonical: key,
        attributes: attributesOf({ host, policy }),
        reasons: ['A shared access key in a connection string of Azure'],
      }
    },
    source: AZURE,
  },
  {
    id: 'azure-endpoint-secret',
    kind: 'azure-resource-key',
    provider: 'Azure',
    anchors: [';Secret=', ';secret=', ';AccessKey=', ';accesskey=', ';accessKey='],
    pattern: /;(?:[Ss]ecret|[Aa]ccess[Kk]ey)=([A-Za-z0-9+/]{42,86}={0,2})(?![A-Za-z0-9+/=])/y,
    edges: 'open',
    read({ leaf, match, start, end }) {
      const host = /endpoint=https:\/\/([\w.-]{1,200})/i.exec(surroundings(leaf.text, start, end))?.[1]
      const key = match[1] ?? ''
      return host === undefined
        ? undefined
        : { start: end - key.length, canonical: key, attributes: attributesOf({ host }), reasons: ['The access key in an endpoint connection string of Azure'] }
    },
    source: AZURE,
  },
]

/** Words that stand where code or a schema speaks of a password instead of giving one. */
const NOT_A_VALUE =
  /^(?:true|false|null|none|nil|yes|no|on|off|string|str|text|required|optional|undefined|prompt|ask|env|file|stdin|\?|-|\d{1,2}|password|passwd|pwd|(?-i:[A-Z][A-Z\d]*(?:_[A-Z\d]+)*_(?:SECRET|PASSWORD|PASSWD|PWD|TOKEN|KEY)))$/i

function readKeyword({ leaf, match, start, end }: Found): Reading | undefined {
  const [whole] = match
  const quoted = match[1] ?? match[2] ?? match[3]
  const value = quoted ?? match[4] ?? ''
  const from = quoted === undefined ? end - value.length : end - value.length - 1
  if (NOT_A_VALUE.test(value) || /^\w+=$/.test(value) || /^[$<%(*]|[()]|^\{|^\\|^:[A-Za-z_]+$|^\.\*/.test(value) || whole === '') return undefined
  // A whole leaf `password=…` of a shell or file was taken apart before; here the keyword stands among others.
  const around = surroundings(leaf.text, start, end)
  const isConnection = SERVER_KEYWORD.test(around) || CACHE_ADDRESS.test(around)
  // Among the arguments of a call, what stands without quotes is a name or an expression: `connect(user=name, password=config.password)`.
  if (quoted === undefined && !CACHE_ADDRESS.test(around)) {
    const next = leaf.text[end]
    if (isExpression(next === ',' || next === ')' ? value + next : value)) return undefined
    // With blanks round the sign it is an assignment, and a file of settings would have been read line by line.
    if (/\s=\s/.test(whole) && /^[A-Za-z_$][A-Za-z_$.]*$/.test(value)) return undefined
  }
  const attributes = attributesOf({
    host: /(?:server|data source|host|hostname|address)\s{0,4}=\s{0,4}(?:tcp:)?["']?([\w.\\-]{1,200})/i.exec(around)?.[1],
    user: /(?:user ?id|uid|user ?name|user)\s{0,4}=\s{0,4}["']?([\w.@\\-]{1,128})/i.exec(around)?.[1],
    database: /(?:initial catalog|database|dbname)\s{0,4}=\s{0,4}["']?([\w.-]{1,128})/i.exec(around)?.[1],
  })
  const place = { start: from, end: from + value.length, canonical: value }
  if (isConnection) return { ...place, provider: providerOf(around), attributes, reasons: ['A password among the keywords of a connection string'] }
  if (around.includes('LoginModule')) return { ...place, provider: 'JAAS', attributes, reasons: ['A password among the options of a login module'] }
  return { ...place, kind: 'password', provider: 'generic', confidence: 'medium', reasons: ['The text assigns a value to a password'] }
}

function providerOf(around: string): string {
  if (CACHE_ADDRESS.test(around)) return 'Redis'
  if (/initial catalog|data source|trusted_connection|multipleactiveresultsets|trustservercertificate|sqlserver|sql server/i.test(around)) return 'SQL Server'
  if (/postgres|npgsql|dbname\s{0,4}=|sslmode\s{0,4}=/i.test(around)) return 'PostgreSQL'
  if (/mysql|mariadb/i.test(around)) return 'MySQL'
  if (/oracle/i.test(around)) return 'Oracle'
  return 'Database'
}

function surroundings(text: string, start: number, end: number): string {
  return text.slice(Math.max(0, start - SURROUNDINGS_CHARS), end + SURROUNDINGS_CHARS)
}

function attributesOf(fields: Record<string, string | undefined>): Attributes {
  const attributes: Record<string, string> = {}
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) attributes[name] = value.slice(0, ATTRIBUTE_CHARS_MAX)
  return attributes
}

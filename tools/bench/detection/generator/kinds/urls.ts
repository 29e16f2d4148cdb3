import { type Bundle, type Setting, plantedSetting } from '../credential.ts'
import { type Random, BASE62 } from '../random.ts'
import { domain, host, humanPassword, serviceName, userName } from '../words.ts'

interface UrlShape {
  readonly schemes: readonly string[]
  readonly software: string
  readonly port: number
  readonly names: readonly string[]
  readonly tail: (random: Random) => string
}

const database = (random: Random): string => `/${serviceName(random)}${random.pick(['', '_production', '?sslmode=require', '?charset=utf8mb4', ''])}`
const SHAPES: readonly UrlShape[] = [
  {
    schemes: ['postgres', 'postgresql', 'postgresql+asyncpg', 'postgresql+psycopg2'],
    software: 'postgres',
    port: 5432,
    names: ['database-url', 'postgres-url', 'db-uri', 'sqlalchemy-database-uri', 'pg-dsn', 'database-uri'],
    tail: database,
  },
  {
    schemes: ['mysql', 'mysql2', 'mysql+pymysql', 'mariadb'],
    software: 'mysql',
    port: 3306,
    names: ['database-url', 'mysql-url', 'db-url', 'dsn'],
    tail: database,
  },
  {
    schemes: ['mongodb', 'mongodb+srv'],
    software: 'mongo',
    port: 27_017,
    names: ['mongo-url', 'mongodb-uri', 'mongo-uri', 'mongodb-connection-string'],
    tail: (random) => `/${serviceName(random)}?authSource=admin`,
  },
  {
    schemes: ['redis', 'rediss'],
    software: 'redis',
    port: 6379,
    names: ['redis-url', 'cache-url', 'celery-broker-url', 'sidekiq-redis-url'],
    tail: (random) => `/${random.int(0, 9)}`,
  },
  {
    schemes: ['amqp', 'amqps'],
    software: 'rabbitmq',
    port: 5672,
    names: ['amqp-url', 'rabbitmq-url', 'broker-url', 'rabbit-uri'],
    tail: (random) => random.pick(['/', '', `/${serviceName(random)}`, '/%2F']),
  },
  {
    schemes: ['http', 'https'],
    software: 'elasticsearch',
    port: 9200,
    names: ['elasticsearch-url', 'es-hosts', 'proxy-url', 'http-proxy', 'webhook-target', 'loki-url', 'git-repo', 'registry-url'],
    tail: (random) => random.pick(['', '/', '/api/v1/push', `/${serviceName(random)}.git`]),
  },
  {
    schemes: [
      'clickhouse',
      'nats',
      'ldap',
      'smtp',
      'smtps',
      'ftp',
      'sftp',
      'mqtt',
      'kafka',
      'influxdb',
      'neo4j+s',
      'bolt',
      'cockroachdb',
      'sqlserver',
      'mssql+pyodbc',
      'imaps',
      'socks5',
      'couchdb',
      'memcached',
    ],
    software: 'backend',
    port: 9000,
    names: ['connection-url', 'server-url', 'uri', 'mailer-dsn', 'connection-string', 'endpoint', 'upstream'],
    tail: (random) => random.pick(['', '/', `/${serviceName(random)}`]),
  },
]

/** Percent-encodes what must not stand in the user part of a URL. */
function encodeUserPart(text: string): string {
  return encodeURIComponent(text).replaceAll(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

function urlPassword(random: Random): string {
  return random.chance(0.75) ? humanPassword(random) : random.text(BASE62, random.pick([16, 24, 32]))
}

/** `scheme://user:password@host:port/…`, for databases, brokers, mail, proxies. */
export function urlBundle(random: Random, credential: string): Bundle {
  const shape = random.weighted(SHAPES.map((candidate, index) => [index === 0 ? 3 : 2, candidate] as const))
  const password = urlPassword(random)
  const user = shape.software === 'redis' && random.chance(0.6) ? '' : userName(random)
  const head = `${random.pick(shape.schemes)}://${user}:`
  const encoded = encodeUserPart(password)
  const hosts =
    shape.software === 'mongo' && random.chance(0.3)
      ? `${host(random, 'mongo')}:27017,${host(random, 'mongo')}:27017`
      : `${host(random, shape.software)}:${shape.port}`
  const text = `${head}${encoded}@${hosts}${shape.tail(random)}`
  const stem = random.pick([[], [], ['app'], [serviceName(random)], ['datasource']])
  const part = { type: 'url-password', provider: '', credential }
  return {
    type: part.type,
    settings: [plantedSetting([...stem, random.pick(shape.names)], text, part, { start: head.length, end: head.length + encoded.length, value: password })],
  }
}

/** Connection strings that are not URLs: JDBC parameters, ADO.NET, libpq, Go's MySQL form, Kafka's JAAS line. */
export function connectionStringBundle(random: Random, credential: string): Bundle {
  const password = random.text(BASE62, random.int(7, 20))
  const safe = random.chance(0.6) ? humanPassword(random).replaceAll(/[^\p{L}\d!_.-]/gu, '') : password
  const user = userName(random)
  const base = serviceName(random)
  const [name, before, after] = random.pick<readonly [readonly string[], string, string]>([
    [['spring', 'datasource', 'url'], `jdbc:postgresql://${host(random, 'postgres')}:5432/${base}?user=${user}&password=`, random.pick(['', '&ssl=true'])],
    [['jdbc-url'], `jdbc:mysql://${user}:`, `@${host(random, 'mysql')}:3306/${base}`],
    [['jdbc-connection-url'], `jdbc:sqlserver://${host(random, 'mssql')}:1433;databaseName=${base};user=${user};password=`, ';encrypt=true'],
    [
      ['connection-strings', 'default-connection'],
      `Server=${host(random, 'mssql')},1433;Database=${base};User Id=${user};Password=`,
      random.pick(['', ';TrustServerCertificate=True;MultipleActiveResultSets=true']),
    ],
    [['connection-strings', 'postgres'], `Host=${host(random, 'postgres')};Port=5432;Username=${user};Password=`, `;Database=${base}`],
    [['pg-dsn'], `host=${host(random, 'postgres')} port=5432 user=${user} password=`, ` dbname=${base} sslmode=disable`],
    [['mysql-dsn'], `${user}:`, `@tcp(${host(random, 'mysql')}:3306)/${base}?parseTime=true`],
    [['data-source-name'], `user=${user} password=`, ` host=${host(random, 'postgres')} sslmode=disable`],
    [['redis-connection'], `${host(random, 'redis')}:6380,password=`, ',ssl=True,abortConnect=False'],
    [['sasl', 'jaas', 'config'], `org.apache.kafka.common.security.plain.PlainLoginModule required username="${user}" password="`, '";'],
    [['sasl-jaas-config'], `org.apache.kafka.common.security.scram.ScramLoginModule required username='${user}' password='`, "';"],
    [['odbc-connection'], `Driver={ODBC Driver 18 for SQL Server};Server=${host(random, 'mssql')};UID=${user};PWD=`, ';'],
  ])
  const setting: Setting = plantedSetting(
    name,
    `${before}${safe}${after}`,
    { type: 'url-password', provider: '', credential },
    { start: before.length, end: before.length + safe.length },
  )
  return { type: 'connection-string', settings: [setting] }
}

/** A web address that carries its key as a query parameter. */
export function queryTokenBundle(random: Random, credential: string): Bundle {
  const key = random.text(BASE62, random.pick([20, 32, 40]))
  const before = `https://api.${domain(random)}/v${random.int(1, 3)}/${random.pick(['hooks', 'ingest', 'events'])}?${random.pick(['', 'source=k8s&'])}${random.pick(['api_key', 'token', 'access_token', 'key', 'apikey'])}=`
  const name = random.pick(['ingest-url', 'callback-url', 'webhook-url', 'endpoint', 'api-url'])
  return { type: 'url-token', settings: [plantedSetting([name], `${before}${key}`, { type: 'url-token', provider: '', credential }, { start: before.length })] }
}

/** Schemes and products that speak one protocol to one kind of server; the same account must not appear under each spelling. */
const FAMILIES: ReadonlyMap<string, string> = new Map([
  ['postgres', 'postgresql'],
  ['mariadb', 'mysql'],
  ['mongodb+srv', 'mongodb'],
  ['rediss', 'redis'],
  ['valkey', 'redis'],
  ['amqps', 'amqp'],
  ['rabbitmq', 'amqp'],
  ['mssql', 'sqlserver'],
  ['sql-server', 'sqlserver'],
  ['mqtts', 'mqtt'],
  ['ldaps', 'ldap'],
  ['smtps', 'smtp'],
  ['nats+tls', 'nats'],
])

/** Beginnings that say through which library a scheme is used: jdbc:, SQLAlchemy's and Go's driver names. */
const WRAPPERS = /^(?:jdbc|r2dbc):|\+(?:psycopg2?|asyncpg|pg8000|pymysql|mysqldb|aiomysql|pyodbc|cx_oracle|ssl|tls)$/g

/** The name of a scheme's family: `postgres`, `jdbc:postgresql` and `postgresql+asyncpg` are all `postgresql`. */
export function familyOf(scheme: string): string {
  const plain = scheme.toLowerCase().replaceAll(' ', '-').replace(/:$/, '').replaceAll(WRAPPERS, '')
  return FAMILIES.get(plain) ?? plain
}

const IN_CLUSTER = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.[a-z0-9.-]+)?$/
const BARE_NAME = /^[a-z0-9_-]+$/
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?|0\.0\.0\.0)$/

/**
 * A host under a name that means the same everywhere, or undefined for loopback, where every pod has its own.
 * Names that only the DNS of a cluster resolves (a bare Service name, `<service>.<namespace>.svc`) get namespace and cluster:
 * the same text in another cluster is another server.
 *
 * @see Kubernetes documentation, "DNS for Services and Pods"
 */
export function globalHost(host: string, namespace: string, cluster: string): string | undefined {
  const lower = host.toLowerCase().replace(/\.$/, '')
  if (LOOPBACK.test(lower)) return undefined
  const [, service, home] = IN_CLUSTER.exec(lower) ?? (BARE_NAME.test(lower) ? [lower, lower, namespace] : [])
  return service === undefined || home === undefined ? lower : `${service}.${home}.svc@${cluster}`
}

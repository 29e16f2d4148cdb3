import { type Bundle, type Setting, plantedSetting } from '../credential.ts'
import type { Random } from '../random.ts'
import { arguablePassword, defaultPassword, domain, host, humanPassword, serviceName, userName } from '../words.ts'

/** Where a password stands in the settings of one kind of software: its own path, and what stands beside it. */
interface PasswordPlace {
  readonly password: readonly string[]
  readonly user?: readonly string[]
  readonly host?: readonly string[]
  readonly software: string
}

const place = (software: string, password: string, user?: string, hostName?: string): PasswordPlace => ({
  software,
  password: password.split('.'),
  ...(user === undefined ? {} : { user: user.split('.') }),
  ...(hostName === undefined ? {} : { host: hostName.split('.') }),
})

/** Dots separate segments (sections, nested keys); hyphens separate words. Names as their own manuals print them. */
const PLACES: readonly PasswordPlace[] = [
  place('postgres', 'db-pass', 'db-user', 'db-host'),
  place('postgres', 'db-password', 'db-username', 'db-host'),
  place('postgres', 'database.password', 'database.user', 'database.host'),
  place('postgres', 'spring.datasource.password', 'spring.datasource.username'),
  place('postgres', 'postgres-password', 'postgres-user'),
  place('postgres', 'pgpassword', 'pguser', 'pghost'),
  place('postgres', 'postgresql-postgres-password', 'postgresql-username'),
  place('postgres', 'quarkus.datasource.password', 'quarkus.datasource.username'),
  place('mysql', 'mysql-pwd', 'mysql-user', 'mysql-host'),
  place('mysql', 'mysql-root-password'),
  place('mysql', 'mariadb-root-password', 'mariadb-user'),
  place('mysql', 'wordpress-db-password', 'wordpress-db-user', 'wordpress-db-host'),
  place('mysql', 'database.connection.pass', 'database.connection.user', 'database.connection.host'),
  place('mongo', 'mongo-initdb-root-password', 'mongo-initdb-root-username'),
  place('mongo', 'mongodb.auth.pass', 'mongodb.auth.username'),
  place('redis', 'redis.auth', undefined, 'redis.host'),
  place('redis', 'requirepass'),
  place('redis', 'redis-password', undefined, 'redis-host'),
  place('redis', 'spring.redis.password', undefined, 'spring.redis.host'),
  place('redis', 'masterauth'),
  place('rabbitmq', 'rabbitmq-default-pass', 'rabbitmq-default-user'),
  place('rabbitmq', 'rabbitmq.password', 'rabbitmq.user', 'rabbitmq.host'),
  place('smtp', 'smtp-pass', 'smtp-user', 'smtp-host'),
  place('smtp', 'mail.password', 'mail.username', 'mail.host'),
  place('smtp', 'email-host-password', 'email-host-user', 'email-host'),
  place('smtp', 'smtp.auth.pass', 'smtp.auth.user'),
  place('ldap', 'ldap-bind-password', 'ldap-bind-dn'),
  place('ldap', 'bind-pw', 'bind-dn'),
  place('ldap', 'ldap.manager-password', 'ldap.manager-dn'),
  place('elastic', 'elastic-password', 'elastic-username'),
  place('elastic', 'xpack.security.http.ssl.keystore.password'),
  place('elastic', 'elasticsearch.password', 'elasticsearch.username'),
  place('grafana', 'gf-security-admin-password', 'gf-security-admin-user'),
  place('grafana', 'security.admin-password', 'security.admin-user'),
  place('keycloak', 'keycloak-admin-password', 'keycloak-admin'),
  place('keycloak', 'kc-db-password', 'kc-db-username'),
  place('minio', 'minio-root-password', 'minio-root-user'),
  place('java', 'server.ssl.key-store-password'),
  place('java', 'truststore-password'),
  place('java', 'ssl.keystore.password'),
  place('java', 'javax.net.ssl.key-store-password'),
  place('kafka', 'kafka-sasl-password', 'kafka-sasl-username'),
  place('kafka', 'sasl.plain.password', 'sasl.plain.username'),
  place('ftp', 'ftp-passwd', 'ftp-login', 'ftp-server'),
  place('app', 'admin-pw', 'admin-login'),
  place('app', 'admin-password', 'admin-email'),
  place('app', 'auth.basic.password', 'auth.basic.username'),
  place('app', 'basic-auth-pass', 'basic-auth-user'),
  place('app', 'user-passwd', 'user-name'),
  place('app', 'login.pwd', 'login.name'),
  place('app', 'password', 'username'),
  place('app', 'passphrase'),
  place('app', 'key-passphrase'),
  place('app', 'root-pw'),
  place('app', 'api-password', 'api-user'),
  place('app', 'ansible-become-pass'),
  place('app', 'superuser-password', 'superuser-name'),
  place('app', 'credentials.secret', 'credentials.user'),
  place('app', 'initial-admin-password'),
  place('app', 'gui-pass'),
  place('app', 'vpn-psk'),
  place('app', 'snmp-community'),
  place('app', 'proxy-password', 'proxy-username', 'proxy-host'),
  place('oracle', 'ora-pwd', 'ora-user'),
  place('mssql', 'sa-password'),
  place('mssql', 'mssql-sa-password'),
  place('rails', 'production.password', 'production.username', 'production.host'),
  place('airflow', 'airflow-www-user-password', 'airflow-www-user-username'),
]

/** A password with its user and host beside it, under a name that its software uses or that a team would choose. */
export function passwordBundle(random: Random, credential: string): Bundle {
  const chosen = random.pick(PLACES)
  const stem = random.weighted<readonly string[]>([
    [6, []],
    [2, [serviceName(random)]],
    [1, ['config']],
  ])
  const [expected, password] = random.weighted<readonly ['secret' | 'either', string]>([
    [82, ['secret', humanPassword(random)]],
    [10, ['secret', defaultPassword(random)]],
    [8, ['either', arguablePassword(random)]],
  ])
  const settings: Setting[] = []
  if (chosen.host !== undefined) settings.push({ path: [...stem, ...chosen.host], text: host(random, chosen.software), plants: [] })
  if (chosen.user !== undefined) settings.push({ path: [...stem, ...chosen.user], text: userFor(random, chosen), plants: [] })
  settings.push(plantedSetting([...stem, ...chosen.password], password, { type: 'password', provider: '', credential, expected }))
  return { type: 'password', settings }
}

function userFor(random: Random, chosen: PasswordPlace): string {
  const last = chosen.user?.at(-1) ?? ''
  if (last.endsWith('dn')) return `cn=${userName(random)},ou=services,dc=${serviceName(random)},dc=lan`
  if (last.endsWith('email') || chosen.software === 'smtp') return `${userName(random)}@${domain(random)}`
  return userName(random)
}

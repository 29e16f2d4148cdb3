import type { Setting } from './credential.ts'
import { type Random, DIGITS } from './random.ts'
import { domain, serviceName, STAGES, TEAMS, USERS } from './words.ts'

type MakeText = (random: Random) => string
const flag: MakeText = (random) => random.pick(['true', 'false'])
const small: MakeText = (random) => `${random.int(1, 100)}`
const duration: MakeText = (random) => `${random.int(1, 60)}${random.pick(['s', 'm', 'ms', 'h'])}`

/** Ordinary settings: names with two or three segments and the values that go with them. */
const ORDINARY: readonly (readonly [path: string, text: MakeText])[] = [
  ['server.port', (random) => random.pick(['8080', '3000', '9090', '5000', '80'])],
  ['server.host', () => '0.0.0.0'],
  ['server.base-url', (random) => `https://${serviceName(random)}.${domain(random)}`],
  ['server.read-timeout', duration],
  ['server.compression.enabled', flag],
  ['log.level', (random) => random.pick(['info', 'debug', 'warn', 'INFO'])],
  ['log.format', (random) => random.pick(['json', 'text', 'logfmt'])],
  ['log.file.path', (random) => `/var/log/${serviceName(random)}/app.log`],
  ['log.pattern', () => '%d{HH:mm:ss.SSS} [%thread] %-5level %logger{36} - %msg%n'],
  ['database.pool.max-size', small],
  ['database.pool.idle-timeout', duration],
  ['database.name', serviceName],
  ['database.host', (random) => `${serviceName(random)}-db.${random.pick(TEAMS)}.svc`],
  ['database.user', (random) => random.pick(USERS)],
  ['database.ssl-mode', (random) => random.pick(['require', 'disable', 'verify-full'])],
  ['cache.ttl', duration],
  ['cache.max-entries', (random) => `${random.int(100, 100_000)}`],
  ['feature.new-checkout', flag],
  ['feature.dark-mode', flag],
  ['feature.rollout-percent', small],
  ['metrics.enabled', flag],
  ['metrics.path', () => '/metrics'],
  ['tracing.sample-rate', (random) => `0.${random.int(1, 9)}`],
  ['tracing.endpoint', () => 'http://otel-collector.observability:4317'],
  ['kafka.bootstrap-servers', (random) => `kafka-0.kafka:9092,kafka-${random.int(1, 2)}.kafka:9092`],
  ['kafka.group-id', (random) => `${serviceName(random)}-consumer`],
  ['kafka.topic', (random) => `${serviceName(random)}.events.v${random.int(1, 3)}`],
  ['mail.from', (random) => `no-reply@${domain(random)}`],
  ['mail.port', (random) => random.pick(['25', '465', '587'])],
  ['mail.starttls', flag],
  ['storage.bucket', (random) => `${serviceName(random)}-${random.pick(STAGES)}-assets`],
  ['storage.region', (random) => random.pick(['eu-central-1', 'us-east-1', 'westeurope'])],
  ['retry.max-attempts', small],
  ['retry.backoff', duration],
  ['cors.allowed-origins', (random) => `https://${domain(random)},https://www.${domain(random)}`],
  ['session.timeout', duration],
  ['locale.default', (random) => random.pick(['en_US', 'de_DE', 'fr', 'pt-BR'])],
  ['timezone', (random) => random.pick(['UTC', 'Europe/Berlin', 'America/New_York'])],
  ['java-opts', (random) => `-Xms${random.int(1, 4)}g -Xmx${random.int(4, 8)}g -XX:+UseG1GC -Djava.security.egd=file:/dev/./urandom`],
  ['node-env', () => 'production'],
  ['app-version', (random) => `${random.int(0, 9)}.${random.int(0, 30)}.${random.int(0, 9)}-rc.${random.int(1, 9)}`],
  ['owner', (random) => `team-${random.pick(TEAMS)}`],
  ['upload.max-size', (random) => `${random.int(1, 50)}MB`],
  ['scheduler.cron', () => '0 */5 * * * *'],
  ['thread-pool.core', small],
  ['search.index', (random) => `${serviceName(random)}-${random.text(DIGITS, 6)}`],
  ['model.class', (random) => `com.kontor.${serviceName(random)}.config.DataSourceFactory`],
  ['greeting', () => 'Welcome — bitte anmelden, 您好'],
  ['support.phone', (random) => `+49 30 ${random.text(DIGITS, 7)}`],
  ['build.time', (random) => `2025-0${random.int(1, 9)}-1${random.int(0, 9)}T0${random.int(0, 9)}:14:07Z`],
]

/** Draws a setting that nobody would take for a credential. */
export function drawFiller(random: Random): Setting {
  const [path, text] = random.pick(ORDINARY)
  const segments = path.split('.')
  const stem = random.chance(0.25) ? [serviceName(random)] : []
  const value = text(random)
  return { path: [...stem, ...segments], text: value, plants: [], bare: /^(true|false|\d+(\.\d+)?)$/.test(value) }
}

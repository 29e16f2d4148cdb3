import { type Random, DIGITS, LOWER, BASE62 } from './random.ts'

/** Our own fragments: names of software, people's words, hosts. Nothing here is a real product's default. */
export const SERVICES =
  'billing checkout catalog ledger inventory shipping pricing search profile session media mailer notifier importer exporter gateway portal backoffice crm loyalty fraud audit scheduler reporting analytics tracker geocoder invoice tax payroll booking reviews chat voice video thumbnailer archive sync bridge relay proxy webhook crawler feeds survey wallet onboarding identity consent support forms labels fleet telemetry'.split(
    ' ',
  )
export const TEAMS = 'retail payments platform growth data risk logistics content mobile partner core edge ops research finance people'.split(' ')
export const STAGES = ['prod', 'staging', 'dev', 'qa', 'eu', 'us', 'blue', 'canary', 'demo', 'test']
const PEOPLE_WORDS =
  'harbor maple copper falcon winter thunder coffee pepper silver tiger meadow rocket summer banana dragon castle orange violet river panda monkey sunny autumn cobalt walnut cherry ginger turtle shadow hunter marble velvet sailor pickle noodle waffle biscuit comet bridge garden forest lemon puzzle juniper otter badger willow amber crystal granite hockey soccer guitar piano jazz mustang camaro yankee berlin madrid lisbon oslo prague jenny martin sophie oliver lukas amelie'.split(
    ' ',
  )
const DEFAULTS = [
  'admin',
  'root',
  'postgres',
  'guest',
  'minioadmin',
  'rabbitmq',
  'mysql',
  'mongo',
  'redis',
  'admin123',
  'root123',
  'toor',
  'qwerty',
  'test1234',
  'elastic',
  'keycloak',
  'grafana',
  'airflow',
  'wordpress',
  'nextcloud',
  'letmein',
  '123456',
  'abc123',
  '12345678',
]
const ARGUABLE = ['password', 'changeme', 'secret', 'test', 'pass', 'mypassword', 'default', 'example', 'change-me', 'password123', 'secret123', 'supersecret']

export const USERS = ['app', 'svc', 'admin', 'root', 'reader', 'writer', 'api', 'backend', 'web', 'worker', 'deploy', 'replica', 'metrics', 'exporter']
const DOMAINS = ['shop.internal', 'corp.lan', 'acme-retail.net', 'northwind.io', 'svc.cluster.local', 'initrode.eu', 'brightside.dev', 'kontor.de']

const capital = (word: string): string => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`

function leet(word: string): string {
  return word.replace('a', '@').replace('o', '0').replace('e', '3')
}

/** A password as people choose it; the median has nine characters. */
export function humanPassword(random: Random): string {
  const word = random.pick(PEOPLE_WORDS)
  const short = word.slice(0, random.int(4, 6))
  const year = `${random.int(1975, 2025)}`
  return random.weighted<() => string>([
    [16, () => `${short}${random.text(DIGITS, random.int(2, 4))}`],
    [14, () => `${capital(short)}${year}`],
    [12, () => `${capital(short)}${random.text(DIGITS, random.int(1, 3))}${random.pick(['!', '#', '$', '?', '.', '*', '@', '%', '&'])}`],
    [8, () => `${leet(capital(short))}${random.text(DIGITS, random.int(2, 3))}`],
    [6, () => `${short}${random.pick(['_', '-', '.', ''])}${random.pick(PEOPLE_WORDS).slice(0, 4)}${random.text(DIGITS, random.int(0, 2))}`],
    [6, () => word],
    [8, () => random.text(LOWER + DIGITS, random.int(7, 11))],
    [8, () => random.text(BASE62, random.int(8, 12))],
    [7, () => random.text(`${BASE62}!#%+=^~-_`, random.int(9, 14))],
    [5, () => random.text(BASE62, random.pick([16, 20, 24, 32]))],
    [4, () => random.text(DIGITS, random.int(5, 9))],
    [4, () => random.pick(SERVICES) + random.pick(['', '1', '123', '!', '2024', '-pw', '_pass', 'pass'])],
    [3, () => [random.pick(PEOPLE_WORDS), random.pick(PEOPLE_WORDS), random.pick(PEOPLE_WORDS)].join('-')],
    [1, () => `${capital(short)} ${random.pick(PEOPLE_WORDS)} ${random.int(1, 99)}`],
    [1, () => `${random.pick(['schlüssel', 'contraseña', 'clé', 'hasło', 'пароль'])}${random.int(10, 999)}`],
  ])()
}

/** A password that many installations share. */
export const defaultPassword = (random: Random): string => random.pick(DEFAULTS)

/** Values that some call a weak password and some a placeholder; never scored. */
export const arguablePassword = (random: Random): string => random.pick(ARGUABLE)

export function host(random: Random, software: string): string {
  return random.weighted([
    [4, software],
    [3, `${software}-${random.pick(['primary', 'master', '0', 'rw', 'main'])}.${random.pick(TEAMS)}`],
    [3, `${random.pick(SERVICES)}-${software}.${random.pick(DOMAINS)}`],
    [1, `10.${random.int(0, 255)}.${random.int(0, 255)}.${random.int(1, 254)}`],
    [1, `${software}.${random.pick(TEAMS)}.svc.cluster.local`],
  ])
}

export const domain = (random: Random): string => random.pick(DOMAINS)
export const serviceName = (random: Random): string => random.pick(SERVICES)
export const userName = (random: Random): string =>
  random.weighted([
    [2, random.pick(USERS)],
    [2, `${random.pick(SERVICES)}_${random.pick(['rw', 'ro', 'app', 'user', 'svc'])}`],
    [1, random.pick(SERVICES)],
  ])

export function uuid(random: Random): string {
  const hex = random.bytes(16).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}

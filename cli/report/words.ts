import type { Consumer, CoverageEntry, Factor, Occurrence, ScanReport, Secret } from '@mintmark/contract/scan'
import { LEVELS_WORST_FIRST } from './levels.ts'
import { countOf } from './text.ts'

/** Kinds whose hyphenated name does not read well as it stands. */
const KIND_WORDS: Readonly<Record<string, string>> = {
  'url-credentials': 'Password in a URL',
  'basic-auth': 'Basic authentication',
  jwt: 'JSON Web Token',
  'ssh-private-key': 'SSH private key',
  'pgp-private-key': 'OpenPGP private key',
  'generic-api-key': 'API key',
  'generic-token': 'Token',
  'generic-secret': 'Secret value',
  'docker-registry-credentials': 'Registry credentials',
  'oauth-client-secret': 'OAuth client secret',
  'webhook-url': 'Webhook address',
}

/** Words that are written in a way of their own inside a kind's name. */
const SPELLINGS: Readonly<Record<string, string>> = {
  api: 'API',
  aws: 'AWS',
  gcp: 'GCP',
  github: 'GitHub',
  gitlab: 'GitLab',
  http: 'HTTP',
  id: 'id',
  npm: 'npm',
  oauth: 'OAuth',
  openai: 'OpenAI',
  pypi: 'PyPI',
  sendgrid: 'SendGrid',
  ssh: 'SSH',
  url: 'URL',
}

/** A kind as a person says it: `aws-access-key` is "AWS access key". */
export function kindWords(kind: string): string {
  const known = KIND_WORDS[kind]
  if (known !== undefined) return known
  const [first = '', ...rest] = kind.split('-')
  const capital = SPELLINGS[first] ?? first.slice(0, 1).toUpperCase() + first.slice(1)
  return [capital, ...rest.map((word) => SPELLINGS[word] ?? word)].join(' ')
}

/** Providers that say no more than the kind does. */
const SILENT_PROVIDERS = new Set(['', 'any', 'generic', 'http', 'none', 'pki', 'unknown'])

/** Title of a secret: its kind, and its provider where the kind does not name it already. */
export function secretTitle(secret: Pick<Secret, 'kind' | 'provider'>): string {
  const kind = kindWords(secret.kind)
  const provider = secret.provider.toLowerCase()
  const words = kind.toLowerCase()
  // The host of a private registry stands beside the title already.
  const isNamed = provider.includes('.') || SILENT_PROVIDERS.has(provider) || provider.split(' ').some((word) => words.includes(word))
  return isNamed ? kind : `${kind} · ${secret.provider}`
}

/** What is publicly known of whose secret it is: its public id, else user and host, else the account. */
export function publicWords(secret: Pick<Secret, 'publicId' | 'attributes'>): string {
  if (secret.publicId !== undefined && secret.publicId !== '') return secret.publicId
  const { user, username, host, database, account, issuer, iss, subject, sub, registry } = secret.attributes
  const who = user ?? username ?? subject ?? sub
  const where = host ?? registry ?? issuer ?? iss ?? account
  const place = where === undefined ? '' : database === undefined ? where : `${where}/${database}`
  if (who === undefined) return place
  if (place === '') return who
  // A user that is an e-mail address has an "@" of its own.
  return who.includes('@') ? `${who} at ${place}` : `${who}@${place}`
}

/** Field of the object, as short as it can be without losing its meaning: "env DB_PASSWORD", "application.yml › spring.mail.password:8". */
export function fieldWords(occurrence: Pick<Occurrence, 'path' | 'key' | 'field' | 'position'>): string {
  const { path, key, field, position } = occurrence
  const inner = field === undefined || field === '' ? '' : ` › ${field}`
  const line = position.line > 1 ? `:${position.line}` : ''
  return `${placeWords(path, key)}${inner}${line}`
}

function placeWords(path: string, key: string): string {
  if (key !== '' && /^(?:data|stringData|binaryData)\[/.test(path)) return key
  const around = /\.(livenessProbe|readinessProbe|startupProbe|lifecycle)\./.exec(path)
  if (around !== null) return `${around[1]}${key === '' ? '' : ` ${key}`}`
  const list = /\.(env|args|command)\[(\d+)\]/.exec(path)
  if (list?.[1] === 'env') return `env ${key}`
  if (list !== null) return `${list[1]}[${list[2]}]`
  return path.includes('annotations') ? `annotation ${key}` : path
}

/** `namespace/Kind/name` */
export function objectWords(occurrence: Pick<Occurrence, 'namespace' | 'object'>): string {
  const { kind, name } = occurrence.object
  return occurrence.namespace === '' ? `${kind}/${name}` : `${occurrence.namespace}/${kind}/${name}`
}

const VIA_WORDS: Readonly<Record<Consumer['via'], string>> = {
  env: 'env',
  envFrom: 'envFrom',
  volume: 'volume',
  imagePullSecret: 'image pull',
  volumeSecretRef: 'volume driver',
  literal: 'literal',
  argument: 'argument',
  probe: 'probe',
  annotation: 'annotation',
}

/** How a consumer takes the value: "env DB_PASSWORD", "volume /etc/app". */
export function viaWords(consumer: Consumer): string {
  const words = VIA_WORDS[consumer.via]
  // The variable of a literal is where it lies already.
  const detail = consumer.via === 'literal' ? undefined : (consumer.mountPath ?? consumer.variable)
  return detail === undefined || detail === '' ? words : `${words} ${detail}`
}

const USAGE_WORDS: Readonly<Record<Occurrence['usage'], string>> = {
  used: 'used',
  mounted: 'mounted as a file',
  'no-static-consumer': 'no workload refers to it',
  historic: 'a copy of the past',
  unknown: 'consumers could not be read',
}

/** What is known of the use of an occurrence that has no consumer to show. */
export function usageWords(occurrence: Occurrence): string {
  return USAGE_WORDS[occurrence.usage]
}

const FACTOR_WORDS: Readonly<Record<Factor['name'], string>> = {
  age: 'Age',
  'last-used': 'Last used',
  reuse: 'Reuse',
  exposure: 'Exposure',
  'authorization-scope': 'Authorization scope',
}

/** Name of a factor for people. */
export function factorWords(name: Factor['name']): string {
  return FACTOR_WORDS[name]
}

/** Known factors, worst first: the first one is why the secret has its level. */
export function factorsWorstFirst(factors: readonly Factor[]): readonly Factor[] {
  const rank = (factor: Factor) => (factor.known && factor.level !== undefined ? LEVELS_WORST_FIRST.indexOf(factor.level) : LEVELS_WORST_FIRST.length)
  return factors.toSorted((left, right) => rank(left) - rank(right))
}

/** The statement of a reason without its evidence, which follows a colon or a bracket and repeats the place. */
function shortReason(factor: Pick<Factor, 'reason'>): string {
  return factor.reason.split(/: | \(/, 1)[0] ?? factor.reason
}

/** The factors that gave the level, in short; their evidence is beside each factor. */
export function levelReason(secret: Pick<Secret, 'level' | 'factors'>): string {
  const deciding = secret.factors.filter((factor) => factor.known && factor.level === secret.level)
  if (deciding.length === 0) return 'Nothing is known of its risk'
  const shown = secret.level === 'Low' ? deciding.slice(0, 1) : deciding
  return shown.map((factor) => `${factorWords(factor.name)}: ${shortReason(factor)}`).join(' · ')
}

/** Identities that stand beside a static secret and need none: the shortest way to be rid of it. */
export function shadowWords(secret: Pick<Secret, 'links'>): string[] {
  return secret.links.filter((link) => link.relation === 'shadows').map((link) => `A federated identity stands beside it: ${nameOfKey(link.target)}`)
}

/** The last segment of a natural key of an application or deployment is its name; the report knows better where it holds the row. */
export function nameOfKey(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1)
}

/** "EKS · eu-west-1 · account 111122223333 · Kubernetes v1.34.1" */
export function platformWords(cluster: ScanReport['cluster']): string {
  const { kind, region, account } = cluster.platform
  const accountWords = { 'aws-account': 'account', 'azure-subscription': 'subscription', 'gcp-project': 'project' } as const
  const name = kind === 'unknown' ? 'platform unknown' : kind.length <= 3 ? kind.toUpperCase() : kind
  const parts = [name, region, account === undefined ? undefined : `${accountWords[account.type]} ${account.id}`]
  const version = cluster.kubernetesVersion
  return [...parts, version === undefined ? undefined : `Kubernetes ${version}`].filter((part) => part !== undefined).join(' · ')
}

/** "0.8 s", "2 min 5 s" */
export function durationWords(startedAt: string, finishedAt: string): string {
  const seconds = Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt)) / 1_000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}

/** "2026-11-22 19:46 UTC" */
export function timeWords(instant: string): string {
  return `${new Date(instant).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** Collections and whether all of their scopes were read completely. */
export function summarizeCoverage(coverage: readonly CoverageEntry[]): {
  readonly total: number
  readonly complete: number
  readonly objects: number
  readonly gaps: readonly CoverageEntry[]
} {
  const collections = new Set(coverage.map((entry) => entry.collection))
  const gaps = coverage.filter((entry) => entry.coverage.state !== 'complete')
  const broken = new Set(gaps.map((entry) => entry.collection))
  const objects = coverage.reduce((sum, entry) => sum + entry.objects, 0)
  return { total: collections.size, complete: collections.size - broken.size, objects, gaps }
}

/** One gap as a sentence: what, why, and what would fix it where that is known. */
export function gapWords(entry: CoverageEntry): string {
  const scope = entry.scope.namespace === undefined ? '' : ` in ${entry.scope.namespace}${entry.scope.object === undefined ? '' : `/${entry.scope.object}`}`
  const { coverage } = entry
  switch (coverage.state) {
    case 'complete':
      return `${entry.collection}${scope}: complete`
    case 'denied':
      return `${entry.collection}${scope}: denied. Grant ${coverage.permission}`
    case 'partial':
      return `${entry.collection}${scope}: read in part. ${coverage.reason}`
    case 'failed':
      return `${entry.collection}${scope}: failed. ${coverage.reason}`
  }
}

/** "3 of 10 collections could not be read" */
export function gapsTitle(coverage: readonly CoverageEntry[]): string {
  const { total, complete } = summarizeCoverage(coverage)
  return `${total - complete} of ${countOf(total, 'collection')} could not be read completely`
}

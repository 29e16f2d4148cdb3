import type { FormatRule, KeyedRule } from '../rule.ts'
import { issuer, namedAfter } from './issuer.ts'

const docs = (page: string) => ({ page, licence: 'facts' }) as const
const planetScale = issuer('PlanetScale')
const databricks = issuer('Databricks')
const atlas = issuer('MongoDB Atlas', docs('https://www.mongodb.com/docs/atlas/configure-api-access/'))
const supabase = issuer('Supabase', docs('https://supabase.com/docs/guides/api/api-keys'))
const confluent = issuer('Confluent')
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

/** Databases, warehouses, queues and search as a service. */
export const dataPlatforms: readonly FormatRule[] = [
  planetScale.token(
    'planetscale-token',
    'planetscale-credential',
    ['pscale_tkn_', 'pscale_oauth_', 'pscale_pw_'],
    /pscale_(?:tkn|oauth|pw)_[\w=.-]{32,64}(?![\w-])/y,
  ),
  databricks.token('databricks-token', 'databricks-token', ['dapi'], /dapi[0-9a-f]{32}(?:-\d)?(?![\w-])/y),
  databricks.token('databricks-service-secret', 'databricks-token', ['dose'], /dose[0-9a-f]{32}(?:-\d)?(?![\w-])/y),
  atlas.token('mongodb-atlas-service-secret', 'mongodb-atlas-key', ['mdb_sa_sk_'], /mdb_sa_sk_[\w-]{40}(?![\w-])/y),
  issuer('ClickHouse Cloud').token('clickhouse-cloud-key', 'clickhouse-cloud-key', ['4b1d'], /4b1d[A-Za-z0-9]{38}/y),
  supabase.token('supabase-secret-key', 'supabase-key', ['sb_secret_'], /sb_secret_[\w-]{22}_[\w-]{8}(?![\w-])/y),
  supabase.token('supabase-access-token', 'supabase-key', ['sbp_'], /sbp_(?:oauth_|v0_)?[0-9a-f]{40}/y),
  issuer('Neon', docs('https://neon.tech/docs/manage/api-keys')).token('neon-api-key', 'neon-api-key', ['napi_'], /napi_[a-z0-9]{64}/y),
  issuer('Neon', docs('https://neon.tech/docs/connect/connect-from-any-app')).token('neon-password', 'password', ['npg_'], /npg_[A-Za-z0-9]{12}/y),
  issuer('Aiven', docs('https://aiven.io/docs/')).token('aiven-password', 'aiven-token', ['AVNS_'], /AVNS_[\w-]{18,20}(?![\w-])/y),
  issuer('Prefect').token('prefect-api-key', 'prefect-api-key', ['pnu_', 'pnb_'], /pn[ub]_[A-Za-z0-9]{36}/y),
]

/** Shapes of this family that are decided by their name. */
export const dataPlatformsByName: readonly KeyedRule[] = [
  atlas.keyed(
    'mongodb-atlas-key-by-name',
    'mongodb-atlas-key',
    namedAfter('atlas|mongodb_atlas|mcli|mongo_?cli', 'private_?key|private_?api_?key|secret|api_?key'),
    UUID,
  ),
  confluent.keyed(
    'confluent-secret-by-name',
    'confluent-key',
    namedAfter('confluent|ccloud|kafka|schema_registry|sr', 'secret|api_?secret|key_?secret|password|sasl_password|secret_?key'),
    /^(?:[A-Za-z0-9/+]{64}|cflt[A-Za-z0-9/+]{60})$/,
  ),
  issuer('Algolia').keyed(
    'algolia-key-by-name',
    'algolia-api-key',
    namedAfter('algolia', 'admin_?(?:api_?)?key|api_?key|write_?key|secret|key|admin'),
    /^[0-9a-f]{32}$/,
  ),
  issuer('Elastic', docs('https://www.elastic.co/docs/deploy-manage/api-keys')).keyed(
    'elastic-api-key-by-name',
    'elastic-api-key',
    namedAfter('elastic|elasticsearch|es|kibana', 'api_?key'),
    /^(?:[\w-]{20}:[\w-]{22}|[A-Za-z0-9+/]{58,62}={0,2})$/,
  ),
  issuer('Databricks', docs('https://docs.databricks.com/dev-tools/auth/')).keyed(
    'databricks-secret-by-name',
    'databricks-token',
    namedAfter('databricks', 'client_?secret|tokens?'),
    /^(?:dapi|dose)[0-9a-f]{32}$/,
    { confidence: 'strong' },
  ),
]

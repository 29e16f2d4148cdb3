import { crc32HexLittleEndian } from '../checksum.ts'
import { charClass, type FormatRule, type KeyedRule } from '../rule.ts'
import { issuer, namedAfter } from './issuer.ts'

const docs = (page: string) => ({ page, licence: 'facts' }) as const
const grafana = issuer('Grafana')
const newRelic = issuer('New Relic', docs('https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/'))
const sentry = issuer('Sentry')
const datadog = issuer('Datadog', docs('https://docs.datadoghq.com/account_management/api-app-keys/'))
const sumo = issuer('Sumo Logic')
const HEX_32 = /^[0-9a-f]{32}$/
const UUID = /^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/
const GRAFANA_BODY_CHARS = 37
const LICENSE_CHARS = charClass('0-9a-fF')

/** Monitoring, logging, errors and analytics. */
export const observability: readonly FormatRule[] = [
  grafana.token('grafana-service-account-token', 'grafana-token', ['glsa_'], /glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}/y, {
    read: ({ match: [token] }) =>
      crc32HexLittleEndian(token.slice(0, GRAFANA_BODY_CHARS)) === token.slice(-8).toLowerCase()
        ? { confidence: 'exact', reasons: ['A service account token of Grafana: its checksum is right'] }
        : undefined,
    source: { page: 'https://github.com/Samsung/CredSweeper (value checks)', licence: 'MIT' },
  }),
  grafana.token('grafana-cloud-token', 'grafana-token', ['glc_'], /glc_[A-Za-z0-9+/]{32,400}={0,3}/y),
  // {"k":" in base64: the legacy API key is a JSON object and no JSON Web Token.
  grafana.token('grafana-legacy-api-key', 'grafana-token', ['eyJrIjoi'], /eyJrIjoi[A-Za-z0-9]{70,400}={0,3}(?![.\w-])/y),
  newRelic.token('new-relic-user-key', 'new-relic-key', ['NRAK-'], /NRAK-[A-Z0-9]{27}/y),
  newRelic.token('new-relic-insert-key', 'new-relic-key', ['NRII-', 'NRIQ-'], /NRI[IQ]-[\w-]{32}(?![\w-])/y),
  newRelic.token('new-relic-browser-key', 'new-relic-key', ['NRJS-'], /NRJS-[0-9a-f]{19}/y),
  newRelic.token('new-relic-license-key', 'new-relic-key', ['FFFFNRAL', 'NRAL'], /(?:[0-9a-f]{32}FFFFNRAL|[0-9a-f]{36}NRAL)/y, {
    lead: { chars: LICENSE_CHARS, max: 36 },
  }),
  sentry.token('sentry-organisation-token', 'sentry-token', ['sntrys_'], /sntrys_eyJ[A-Za-z0-9+/=]{20,400}_[A-Za-z0-9+/]{43}/y),
  sentry.token('sentry-user-token', 'sentry-token', ['sntryu_'], /sntryu_[0-9a-f]{64}/y),
  issuer('Dynatrace').token('dynatrace-token', 'dynatrace-token', ['dt0'], /dt0[a-zA-Z]\d{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}/y),
  issuer('PostHog', docs('https://posthog.com/docs/api')).token('posthog-personal-key', 'posthog-api-key', ['phx_'], /phx_[A-Za-z0-9]{43,50}/y),
  issuer('Honeycomb', docs('https://docs.honeycomb.io/configure/environments/manage-api-keys/')).token(
    'honeycomb-ingest-key',
    'honeycomb-api-key',
    ['hcaik_', 'hcbik_', 'hcxik_', 'hcamk_'],
    /hc[abx][im]k_[0-9a-z]{26,58}/y,
  ),
]

/** Shapes of this family that are decided by their name. */
export const observabilityByName: readonly KeyedRule[] = [
  datadog.keyed('datadog-api-key-by-name', 'datadog-api-key', namedAfter('datadog|dd|ddog', 'api_?key|key|token|secret'), HEX_32, { confidence: 'strong' }),
  datadog.keyed(
    'datadog-application-key-by-name',
    'datadog-application-key',
    namedAfter('datadog|dd|ddog', 'app_?key|application_?key|key|token'),
    /^[0-9a-f]{40}$/,
    { confidence: 'strong' },
  ),
  newRelic.keyed(
    'new-relic-license-key-by-name',
    'new-relic-key',
    namedAfter('new_?relic|nr|nria'),
    /^(?:[0-9a-f]{40}|[0-9a-f]{32}FFFFNRAL|[0-9a-f]{36}NRAL)$/i,
  ),
  newRelic.keyed('new-relic-api-id-by-name', 'new-relic-key', namedAfter('new_?relic'), /^[A-Za-z0-9]{64}$/),
  sentry.keyed('sentry-token-by-name', 'sentry-token', namedAfter('sentry', 'auth_?token|tokens?|api_?key|secret_?key|secret'), /^[0-9a-f]{64}$/),
  sumo.keyed('sumologic-access-id-by-name', 'sumologic-access-id', namedAfter('sumo|sumologic|sumo_logic', 'access_?id|id'), /^su[A-Za-z0-9]{12}$/, {
    role: 'identifier',
  }),
  sumo.keyed('sumologic-access-key-by-name', 'sumologic-access-key', namedAfter('sumo|sumologic|sumo_logic'), /^[A-Za-z0-9]{64}$/),
  issuer('Honeycomb', docs('https://docs.honeycomb.io/')).keyed(
    'honeycomb-key-by-name',
    'honeycomb-api-key',
    namedAfter('honeycomb|x_honeycomb|hny', 'api_?key|write_?key|key|team|token'),
    /^(?:[0-9a-f]{32}|[A-Za-z0-9]{22})$/,
  ),
  issuer('PagerDuty', docs('https://support.pagerduty.com/main/docs/api-access-keys')).keyed(
    'pagerduty-key-by-name',
    'pagerduty-token',
    namedAfter('pager_?duty|pd', 'routing_?key|service_?key|integration_?key|api_?key|tokens?|key'),
    /^(?:[0-9a-f]{32}|[\w+-]{20}|R[0-9A-Z]{31})$/,
  ),
  issuer('Opsgenie', docs('https://support.atlassian.com/opsgenie/docs/api-key-management/')).keyed(
    'opsgenie-key-by-name',
    'opsgenie-api-key',
    namedAfter('ops_?genie'),
    UUID,
  ),
  issuer('Splunk', docs('https://docs.splunk.com/Documentation/Splunk/latest/Data/UsetheHTTPEventCollector')).keyed(
    'splunk-token-by-name',
    'splunk-token',
    namedAfter('splunk|hec', 'hec_?token|tokens?|hec'),
    UUID,
  ),
  issuer('Rollbar', docs('https://docs.rollbar.com/docs/access-tokens')).keyed('rollbar-token-by-name', 'rollbar-token', namedAfter('rollbar'), HEX_32),
  issuer('Bugsnag', docs('https://docs.bugsnag.com/')).keyed('bugsnag-key-by-name', 'bugsnag-api-key', namedAfter('bugsnag'), HEX_32),
  issuer('Amplitude', docs('https://amplitude.com/docs/apis/authentication')).keyed('amplitude-key-by-name', 'amplitude-key', namedAfter('amplitude'), HEX_32),
  issuer('Segment', docs('https://segment.com/docs/connections/find-writekey/')).keyed(
    'segment-key-by-name',
    'segment-token',
    namedAfter('segment'),
    /^[A-Za-z0-9]{32}$/,
  ),
  issuer('Logz.io', docs('https://docs.logz.io/docs/user-guide/admin/authentication-tokens/')).keyed(
    'logz-token-by-name',
    'logging-service-token',
    namedAfter('logz|logzio|logz_io'),
    /^[A-Za-z]{32}$/,
  ),
  issuer('Loggly', docs('https://documentation.solarwinds.com/en/success_center/loggly/')).keyed(
    'loggly-token-by-name',
    'logging-service-token',
    namedAfter('loggly'),
    UUID,
  ),
  issuer('Codecov').keyed('codecov-token-by-name', 'codecov-token', namedAfter('codecov'), /^(?:[a-z0-9]{32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/),
]

import { charClass, type FormatRule, type KeyedRule } from '../rule.ts'
import { issuer, namedAfter } from './issuer.ts'

const docs = (page: string) => ({ page, licence: 'facts' }) as const
const airtable = issuer('Airtable')
const asana = issuer('Asana')
const hubspot = issuer('HubSpot')
const contentful = issuer('Contentful')
const dropbox = issuer('Dropbox')
const launchDarkly = issuer('LaunchDarkly', docs('https://launchdarkly.com/docs/home/account/environment/keys'))
const settleMint = issuer('SettleMint')
const linear = issuer('Linear')
const UUID = /^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/

/** Office, design, content and customer services. */
export const productivity: readonly FormatRule[] = [
  airtable.token('airtable-token', 'airtable-token', ['pat'], /pat[A-Za-z0-9]{14}\.[0-9a-f]{64}/y),
  issuer('Notion').token('notion-token', 'notion-token', ['ntn_'], /ntn_[0-9]{11}[A-Za-z0-9]{35}/y),
  issuer('Notion', docs('https://developers.notion.com/docs/authorization')).token(
    'notion-legacy-token',
    'notion-token',
    ['secret_'],
    /secret_[A-Za-z0-9]{43}/y,
  ),
  linear.token('linear-api-key', 'linear-api-key', ['lin_api_', 'lin_oauth_', 'lin_wh_'], /lin_(?:api_[A-Za-z0-9]{40}|oauth_[0-9a-f]{64}|wh_[A-Za-z0-9]{43})/y),
  issuer('Postman').token('postman-api-key', 'postman-api-key', ['PMAK-'], /PMAK-[0-9a-f]{24}-[0-9a-f]{34}/y),
  issuer('Figma', docs('https://developers.figma.com/docs/rest-api/authentication/')).token(
    'figma-token',
    'figma-token',
    ['figd_'],
    /figd_[\w-]{40}(?![\w-])/y,
  ),
  issuer('Typeform').token('typeform-token', 'typeform-token', ['tfp_'], /tfp_[\w.=-]{59}(?![\w-])/y),
  hubspot.token('hubspot-private-app-token', 'hubspot-token', ['pat-na', 'pat-eu'], /pat-(?:na|eu)\d-[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/y, {
    source: docs('https://developers.hubspot.com/docs/api/private-apps'),
  }),
  contentful.token('contentful-management-token', 'contentful-token', ['CFPAT-'], /CFPAT-[\w-]{43}(?![\w-])/y, {
    source: docs('https://www.contentful.com/developers/docs/references/authentication/'),
  }),
  dropbox.token('dropbox-access-token', 'dropbox-token', ['sl.'], /sl\.(?:u\.)?[\w=-]{130,1300}(?![\w-])/y),
  asana.token('asana-personal-token', 'asana-token', ['1/1', '2/1', '1/0', '2/0'], /[12]\/\d{15,17}(?:\/\d{15,17})?:[0-9a-f]{32}/y, {
    source: docs('https://developers.asana.com/docs/personal-access-token'),
  }),
  launchDarkly.token('launchdarkly-key', 'launchdarkly-key', ['sdk-', 'mob-', 'api-'], /(?:sdk|mob|api)-[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/y),
  issuer('MaxMind').token('maxmind-license-key', 'maxmind-license-key', ['_mmk'], /[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk/y, {
    lead: { chars: charClass('A-Za-z0-9_'), max: 36 },
  }),
  issuer('Mapbox', docs('https://docs.mapbox.com/help/getting-started/access-tokens/')).token(
    'mapbox-secret-token',
    'mapbox-token',
    ['sk.eyJ'],
    /sk\.eyJ[\w-]{50,100}\.[\w-]{22}(?![\w-])/y,
  ),
  issuer('Adobe').token('adobe-client-secret', 'adobe-client-secret', ['p8e-', 'p8_'], /p8(?:e-[A-Za-z0-9]{32}|_[\w-]{32})(?![\w-])/y),
  issuer('ReadMe').token('readme-api-key', 'readme-api-key', ['rdme_'], /rdme_[a-z0-9]{70}/y),
  issuer('Frame.io').token('frameio-token', 'frameio-token', ['fio-u-'], /fio-u-[\w=-]{64}(?![\w-])/y),
  settleMint.token('settlemint-token', 'settlemint-token', ['sm_aat_', 'sm_pat_', 'sm_sat_'], /sm_[aps]at_[A-Za-z0-9]{16}/y),
  issuer('42').token('intra42-client-secret', 'intra42-client-secret', ['s-s4t2ud-', 's-s4t2af-'], /s-s4t2(?:ud|af)-[0-9a-f]{64}/y),
  issuer('Octopus Deploy').token('octopus-deploy-api-key', 'octopus-deploy-api-key', ['API-'], /API-[A-Z0-9]{25,32}/y),
]

/** Shapes of this family that are decided by their name. */
export const productivityByName: readonly KeyedRule[] = [
  airtable.keyed('airtable-key-by-name', 'airtable-token', namedAfter('airtable'), /^(?:key)?[A-Za-z0-9]{14,17}$/),
  linear.keyed('linear-secret-by-name', 'linear-api-key', namedAfter('linear'), /^[0-9a-f]{32}$/),
  asana.keyed('asana-secret-by-name', 'asana-token', namedAfter('asana', 'client_?secret|secret|tokens?'), /^(?:[0-9a-f]{32}|[a-z0-9]{32})$/),
  hubspot.keyed('hubspot-key-by-name', 'hubspot-token', namedAfter('hubspot|hapi|hs', 'api_?key|key|tokens?|client_?secret|secret'), UUID),
  contentful.keyed('contentful-token-by-name', 'contentful-token', namedAfter('contentful'), /^[\w=-]{43}$/),
  dropbox.keyed('dropbox-secret-by-name', 'dropbox-token', namedAfter('dropbox'), /^(?:[a-z0-9]{15}|[A-Za-z0-9]{11}A{10}[\w=-]{43})$/),
  issuer('Box', docs('https://developer.box.com/guides/authentication/')).keyed(
    'box-secret-by-name',
    'box-client-secret',
    namedAfter('box', 'client_?secret'),
    /^[A-Za-z0-9]{32}$/,
  ),
  issuer('Adafruit').keyed(
    'adafruit-key-by-name',
    'adafruit-key',
    namedAfter('adafruit|aio|io_adafruit'),
    /^(?:aio_[A-Za-z]{4}\d{2}[A-Za-z0-9]{22}|[a-z0-9_-]{32})$/,
  ),
  issuer('Beamer').keyed('beamer-token-by-name', 'beamer-token', namedAfter('beamer'), /^b_[\w=-]{44}$/, { confidence: 'strong' }),
  issuer('RapidAPI').keyed('rapidapi-key-by-name', 'rapidapi-key', namedAfter('rapid_?api|x_rapidapi'), /^[A-Za-z0-9_-]{50}$/),
  issuer('LaunchDarkly').keyed('launchdarkly-token-by-name', 'launchdarkly-key', namedAfter('launch_?darkly|ld'), /^[\w=-]{40}$/),
  issuer('MaxMind', docs('https://dev.maxmind.com/')).keyed(
    'maxmind-key-by-name',
    'maxmind-license-key',
    namedAfter('maxmind|geoip|geoipupdate|geolite2?', 'license_?key|licence_?key|key'),
    /^[A-Za-z0-9]{16}$/,
  ),
  issuer('Squarespace').keyed('squarespace-token-by-name', 'squarespace-token', namedAfter('squarespace'), UUID),
  issuer('Looker').keyed('looker-secret-by-name', 'looker-client-secret', namedAfter('looker', 'client_?secret|secret'), /^[A-Za-z0-9]{24}$/),
  issuer('The New York Times').keyed('nytimes-token-by-name', 'nytimes-token', namedAfter('nytimes|new_york_times|newyorktimes'), /^[\w=-]{32}$/),
  issuer('Salesforce', docs('https://developer.salesforce.com/docs/')).keyed(
    'salesforce-token-by-name',
    'salesforce-token',
    namedAfter('salesforce|sfdc|sf', 'security_?token|consumer_?secret|client_?secret|access_?token|tokens?'),
    /^(?:[A-Za-z0-9]{24,25}|[0-9A-F]{64}|00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]{90,110})$/,
  ),
  issuer('hCaptcha', docs('https://docs.hcaptcha.com/')).keyed(
    'hcaptcha-secret-by-name',
    'recaptcha-secret-key',
    namedAfter('hcaptcha|captcha|turnstile', 'secret|secret_?key'),
    /^(?:0x[0-9a-fA-F]{40}|ES_[0-9a-f]{32}|0x4[\w-]{30,36})$/,
    { confidence: 'strong' },
  ),
]

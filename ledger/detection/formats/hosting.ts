import type { FormatRule, KeyedRule } from '../rule.ts'
import { GITLEAKS, issuer, namedAfter } from './issuer.ts'

const docs = (page: string) => ({ page, licence: 'facts' }) as const
const digitalOcean = issuer('DigitalOcean', docs('https://docs.digitalocean.com/reference/api/create-personal-access-token/'))
const cloudflare = issuer('Cloudflare')
const heroku = issuer('Heroku')
const fly = issuer('Fly.io')
const alibaba = issuer('Alibaba Cloud')
const tencent = issuer('Tencent Cloud', docs('https://www.tencentcloud.com/document/product/598/32675'))
const yandex = issuer('Yandex Cloud')
const UUID = /^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/

/** Clouds and hosting beside the three big ones. */
export const hosting: readonly FormatRule[] = [
  digitalOcean.token('digitalocean-token', 'digitalocean-token', ['dop_v1_', 'doo_v1_', 'dor_v1_'], /do[por]_v1_[0-9a-f]{64}/y),
  cloudflare.token('cloudflare-origin-ca-key', 'cloudflare-origin-ca-key', ['v1.0-'], /v1\.0-[0-9a-f]{24}-[0-9a-f]{146}/y),
  heroku.token('heroku-api-key', 'heroku-api-key', ['HRKU-'], /HRKU-(?:AA[\w-]{58}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?![\w-])/y),
  fly.token('flyio-token', 'flyio-token', ['fo1_'], /fo1_[\w-]{43}(?![\w-])/y),
  fly.token('flyio-macaroon', 'flyio-token', ['fm1r_', 'fm1a_', 'fm2_'], /fm(?:1[ar]|2)_[A-Za-z0-9+/]{100,3000}={0,3}/y),
  issuer('Netlify', docs('https://docs.netlify.com/api/get-started/')).token('netlify-token', 'netlify-token', ['nfp_'], /nfp_[A-Za-z0-9]{36}/y),
  issuer('Render', docs('https://render.com/docs/api')).token('render-api-key', 'render-api-key', ['rnd_'], /rnd_[A-Za-z0-9]{28,34}/y),
  issuer('Scalingo').token('scalingo-token', 'scalingo-token', ['tk-us-'], /tk-us-[\w-]{48}(?![\w-])/y),
  alibaba.token('alibaba-access-key-id', 'alibaba-access-key-id', ['LTAI'], /LTAI[A-Za-z0-9]{20}/y, {
    role: 'identifier',
    read: ({ match: [id] }) => ({ publicId: id, reasons: ['An access key id of Alibaba Cloud'] }),
  }),
  tencent.token('tencent-secret-id', 'tencent-secret-id', ['AKID'], /AKID[A-Za-z0-9]{32}/y, {
    role: 'identifier',
    read: ({ match: [id] }) => ({ publicId: id, reasons: ['A secret id of Tencent Cloud: the public half of its key'] }),
  }),
  yandex.token('yandex-iam-token', 'yandex-token', ['t1.'], /t1\.[\w-]{20,300}={0,2}\.[\w-]{86}={0,2}/y),
  yandex.token('yandex-api-key', 'yandex-token', ['AQVN'], /AQVN[\w-]{35,38}(?![\w-])/y),
  yandex.token('yandex-access-secret', 'yandex-token', ['YCP', 'YCM', 'YCN', 'YCO'], /YC[A-Za-z0-9_-]{38}(?![\w-])/y, { confidence: 'medium' }),
  issuer('IBM Cloud', docs('https://cloud.ibm.com/docs/account?topic=account-userapikey')).token(
    'ibm-cloud-token',
    'ibm-cloud-api-key',
    ['ApiKey-'],
    /ApiKey-[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/y,
  ),
  issuer('Cloudflare', docs('https://developers.cloudflare.com/cloudflare-one/connections/connect-networks/')).token(
    'cloudflare-tunnel-token',
    'cloudflare-tunnel-token',
    ['eyJhIjoi'],
    /eyJhIjoi[A-Za-z0-9+/]{120,260}={0,2}(?![.\w-])/y,
    {
      read({ match: [token] }) {
        const fields = /^\{"a":"([0-9a-f]{32})","t":"([0-9a-f-]{36})","s":"/.exec(Buffer.from(token, 'base64').toString('latin1'))
        return fields === null
          ? undefined
          : {
              confidence: 'exact',
              publicId: fields[2] ?? '',
              attributes: { account: fields[1] ?? '' },
              reasons: ['A tunnel token of Cloudflare: it decodes to account, tunnel and secret'],
            }
      },
    },
  ),
]

/** Shapes of this family that are decided by their name. */
export const hostingByName: readonly KeyedRule[] = [
  cloudflare.keyed(
    'cloudflare-token-by-name',
    'cloudflare-api-token',
    namedAfter('cloudflare|cf|cloud_flare', 'api_?tokens?|tokens?|dns_api_token|zone_api_token|api_?key|key'),
    /^[\w-]{40}$/,
    { confidence: 'strong' },
  ),
  cloudflare.keyed(
    'cloudflare-global-key-by-name',
    'cloudflare-api-token',
    namedAfter('cloudflare|cf', 'api_?key|auth_?key|key|global_api_key|token'),
    /^[0-9a-f]{37}$/,
    { confidence: 'strong' },
  ),
  digitalOcean.keyed('digitalocean-legacy-token-by-name', 'digitalocean-token', namedAfter('digital_?ocean|do'), /^[0-9a-f]{64}$/),
  digitalOcean.keyed(
    'digitalocean-spaces-key-by-name',
    'digitalocean-spaces-key',
    namedAfter('spaces|do_spaces', 'secret|secret_?key|secret_access_key'),
    /^[A-Za-z0-9+/]{43}$/,
  ),
  heroku.keyed('heroku-key-by-name', 'heroku-api-key', namedAfter('heroku'), UUID),
  issuer('Fastly').keyed('fastly-token-by-name', 'fastly-api-token', namedAfter('fastly'), /^[\w=-]{32}$/),
  issuer('Netlify').keyed('netlify-token-by-name', 'netlify-token', namedAfter('netlify'), /^[\w=-]{40,46}$/),
  issuer('Vercel', docs('https://vercel.com/docs/rest-api')).keyed(
    'vercel-token-by-name',
    'vercel-token',
    namedAfter('vercel|zeit|now', 'tokens?|access_?token|api_?token'),
    /^[A-Za-z0-9]{24}$/,
  ),
  issuer('Linode', docs('https://techdocs.akamai.com/linode-api/reference/get-started')).keyed(
    'linode-token-by-name',
    'linode-token',
    namedAfter('linode|akamai'),
    /^[0-9a-f]{64}$/,
  ),
  issuer('Hetzner', docs('https://docs.hetzner.cloud/')).keyed('hetzner-token-by-name', 'hetzner-token', namedAfter('hcloud|hetzner'), /^[A-Za-z0-9]{64}$/),
  issuer('Scaleway', docs('https://www.scaleway.com/en/docs/iam/how-to/create-api-keys/')).keyed(
    'scaleway-secret-by-name',
    'scaleway-secret-key',
    namedAfter('scw|scaleway', 'secret_?key|secret|tokens?'),
    UUID,
  ),
  issuer('OVHcloud', docs('https://help.ovhcloud.com/csm/en-api-getting-started-ovhcloud-api')).keyed(
    'ovh-secret-by-name',
    'ovh-application-secret',
    namedAfter('ovh', 'application_?secret|app_?secret|consumer_?key|secret'),
    /^(?:[0-9a-f]{32}|[A-Za-z0-9]{32})$/,
  ),
  alibaba.keyed(
    'alibaba-secret-by-name',
    'alibaba-secret-key',
    namedAfter('alibaba|aliyun|alicloud|ali|oss', 'access_?key_?secret|secret_?key|secret|access_?key'),
    /^[A-Za-z0-9]{30}$/,
    { confidence: 'strong' },
  ),
  tencent.keyed('tencent-secret-by-name', 'tencent-secret-key', namedAfter('tencent|tencentcloud|qcloud|cos', 'secret_?key|secret'), /^[A-Za-z0-9]{32}$/),
  issuer('IBM Cloud', docs('https://cloud.ibm.com/docs/account')).keyed(
    'ibm-cloud-key-by-name',
    'ibm-cloud-api-key',
    namedAfter('ibm|ibmcloud|bluemix|ic|watson', 'api_?key|iam_?api_?key'),
    /^[\w-]{44}$/,
    { confidence: 'strong' },
  ),
  yandex.keyed('yandex-secret-by-name', 'yandex-token', namedAfter('yandex|yc'), /^YC[\w-]{38}$/, { confidence: 'strong', source: GITLEAKS }),
]

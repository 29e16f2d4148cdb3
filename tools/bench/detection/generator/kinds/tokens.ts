import { type Bundle, plantedSetting } from '../credential.ts'
import { type Random, BASE32, BASE62, BASE64URL, DIGITS, HEX, LOWER, UPPER, WORD } from '../random.ts'
import { uuid } from '../words.ts'
import { ageSecretKey, atlassianToken, checkedToken, grafanaToken, routableGitlabToken } from './checksums.ts'

/** A token that carries its issuer's mark: one text, one type. */
export interface TokenKind {
  readonly type: string
  readonly provider: string
  readonly names: readonly string[]
  readonly make: (random: Random) => string
}

const prefixed =
  (prefix: string, alphabet: string, length: number, tail = '') =>
  (random: Random): string =>
    `${prefix}${random.text(alphabet, length)}${tail}`

/** Formats as the providers' own pages define them; each body is drawn at run time. */
export const TOKEN_KINDS: readonly TokenKind[] = [
  {
    type: 'github-token',
    provider: 'github',
    names: ['github-token', 'gh-token', 'github-pat', 'git-password'],
    make: (random) => checkedToken(random, random.pick(['ghp_', 'gho_', 'ghu_', 'ghs_']), 30),
  },
  {
    type: 'github-token',
    provider: 'github',
    names: ['github-token', 'git-token', 'renovate-token'],
    make: (random) => `github_pat_${random.text(BASE62, 22)}_${random.text(BASE62, 59)}`,
  },
  { type: 'gitlab-token', provider: 'gitlab', names: ['gitlab-token', 'gl-token', 'private-token', 'ci-token'], make: prefixed('glpat-', BASE64URL, 20) },
  { type: 'gitlab-token', provider: 'gitlab', names: ['gitlab-token', 'gitlab-access-token'], make: (random) => routableGitlabToken(random, 'glpat-') },
  {
    type: 'gitlab-token',
    provider: 'gitlab',
    names: ['runner-token', 'gitlab-runner-token', 'deploy-token'],
    make: (random) =>
      random.pick([
        () => `glptt-${random.text(HEX, 40)}`,
        () => `glagent-${random.text(BASE64URL, 50)}`,
        () => `${random.pick(['glrt-', 'gldt-', 'glsoat-', 'glft-'])}${random.text(BASE64URL, 20)}`,
      ])(),
  },
  { type: 'npm-token', provider: 'npm', names: ['npm-token', 'node-auth-token', 'npm-auth'], make: (random) => checkedToken(random, 'npm_', 30) },
  {
    type: 'slack-token',
    provider: 'slack',
    names: ['slack-token', 'slack-bot-token', 'bot-token'],
    make: (random) => `xoxb-${random.text(DIGITS, 12)}-${random.text(DIGITS, 13)}-${random.text(BASE62, 24)}`,
  },
  {
    type: 'slack-token',
    provider: 'slack',
    names: ['slack-app-token', 'app-token'],
    make: (random) => `xapp-1-A${random.text(UPPER + DIGITS, 10)}-${random.text(DIGITS, 13)}-${random.text(HEX, 64)}`,
  },
  {
    type: 'slack-webhook',
    provider: 'slack',
    names: ['slack-webhook', 'slack-webhook-url', 'alert-url', 'slack-api-url'],
    make: (random) => `https://hooks.slack.com/services/T${random.text(UPPER + DIGITS, 10)}/B${random.text(UPPER + DIGITS, 10)}/${random.text(BASE62, 24)}`,
  },
  {
    type: 'stripe-key',
    provider: 'stripe',
    names: ['stripe-key', 'stripe-secret-key', 'stripe-api-key'],
    make: (random) => `${random.pick(['sk', 'rk'])}_${random.pick(['live', 'live', 'test'])}_${random.text(BASE62, random.pick([24, 99]))}`,
  },
  { type: 'stripe-webhook-secret', provider: 'stripe', names: ['stripe-webhook-secret', 'webhook-secret'], make: prefixed('whsec_', BASE62, 32) },
  {
    type: 'sendgrid-key',
    provider: 'sendgrid',
    names: ['sendgrid-api-key', 'sendgrid-key', 'smtp-password'],
    make: (random) => `SG.${random.text(BASE64URL, 22)}.${random.text(BASE64URL, 43)}`,
  },
  { type: 'mailgun-key', provider: 'mailgun', names: ['mailgun-api-key', 'mailgun-key'], make: prefixed('key-', HEX, 32) },
  {
    type: 'openai-key',
    provider: 'openai',
    names: ['openai-api-key', 'openai-key', 'llm-api-key'],
    make: (random) => `sk-proj-${random.text(BASE64URL, 74)}T3BlbkFJ${random.text(BASE64URL, 74)}`,
  },
  {
    type: 'anthropic-key',
    provider: 'anthropic',
    names: ['anthropic-api-key', 'llm-api-key'],
    make: (random) => `sk-ant-api03-${random.text(BASE64URL, 93)}AA`,
  },
  {
    type: 'google-api-key',
    provider: 'google',
    names: ['google-api-key', 'maps-api-key', 'gmaps-key', 'firebase-api-key'],
    make: prefixed('AIza', BASE64URL, 35),
  },
  { type: 'grafana-token', provider: 'grafana', names: ['grafana-token', 'grafana-api-key', 'grafana-sa-token'], make: grafanaToken },
  {
    type: 'vault-token',
    provider: 'hashicorp',
    names: ['vault-token', 'vault-root-token'],
    make: (random) => `hvs.${random.text(BASE64URL, random.int(92, 110))}`,
  },
  {
    type: 'atlassian-token',
    provider: 'atlassian',
    names: ['jira-token', 'atlassian-api-token', 'confluence-token'],
    make: (random) => atlassianToken(random, 'ATATT3xFfGF0', 171),
  },
  {
    type: 'bitbucket-password',
    provider: 'atlassian',
    names: ['bitbucket-token', 'bitbucket-app-password'],
    make: (random) => atlassianToken(random, 'ATBB', 24),
  },
  { type: 'docker-hub-token', provider: 'docker', names: ['docker-token', 'dockerhub-password', 'registry-token'], make: prefixed('dckr_pat_', BASE64URL, 27) },
  {
    type: 'digitalocean-token',
    provider: 'digitalocean',
    names: ['do-token', 'digitalocean-token', 'digitalocean-access-token'],
    make: prefixed('dop_v1_', HEX, 64),
  },
  { type: 'pypi-token', provider: 'pypi', names: ['pypi-token', 'twine-password'], make: (random) => `pypi-AgEIcHlwaS5vcmc${random.text(BASE64URL, 140)}` },
  {
    type: 'huggingface-token',
    provider: 'huggingface',
    names: ['hf-token', 'huggingface-token', 'hugging-face-hub-token'],
    make: prefixed('hf_', LOWER + UPPER, 34),
  },
  { type: 'linear-key', provider: 'linear', names: ['linear-api-key'], make: prefixed('lin_api_', BASE62, 40) },
  {
    type: 'shopify-token',
    provider: 'shopify',
    names: ['shopify-token', 'shopify-access-token'],
    make: (random) => `${random.pick(['shpat_', 'shpss_', 'shpca_'])}${random.text(HEX, 32)}`,
  },
  { type: 'square-token', provider: 'square', names: ['square-access-token'], make: prefixed('EAAA', BASE64URL, 60) },
  {
    type: 'telegram-token',
    provider: 'telegram',
    names: ['telegram-token', 'telegram-bot-token', 'bot-token'],
    make: (random) => `${random.int(100_000_000, 7_999_999_999)}:AA${random.text(BASE64URL, 33)}`,
  },
  {
    type: 'discord-webhook',
    provider: 'discord',
    names: ['discord-webhook', 'discord-webhook-url'],
    make: (random) => `https://discord.com/api/webhooks/1${random.text(DIGITS, 18)}/${random.text(BASE64URL, 68)}`,
  },
  { type: 'databricks-token', provider: 'databricks', names: ['databricks-token'], make: prefixed('dapi', HEX, 32) },
  { type: 'planetscale-password', provider: 'planetscale', names: ['planetscale-password', 'db-password'], make: prefixed('pscale_pw_', BASE64URL, 43) },
  { type: 'doppler-token', provider: 'doppler', names: ['doppler-token'], make: prefixed('dp.pt.', BASE62, 43) },
  { type: 'postman-key', provider: 'postman', names: ['postman-api-key'], make: (random) => `PMAK-${random.text(HEX, 24)}-${random.text(HEX, 34)}` },
  { type: 'pulumi-token', provider: 'pulumi', names: ['pulumi-access-token'], make: prefixed('pul-', HEX, 40) },
  { type: 'rubygems-key', provider: 'rubygems', names: ['gem-host-api-key', 'rubygems-key'], make: prefixed('rubygems_', HEX, 48) },
  { type: 'newrelic-key', provider: 'newrelic', names: ['new-relic-api-key', 'newrelic-key'], make: (random) => `NRAK-${random.text(UPPER + DIGITS, 27)}` },
  { type: 'newrelic-license-key', provider: 'newrelic', names: ['new-relic-license-key', 'license-key'], make: (random) => `${random.text(HEX, 36)}NRAL` },
  {
    type: 'airtable-token',
    provider: 'airtable',
    names: ['airtable-token', 'airtable-api-key'],
    make: (random) => `pat${random.text(BASE62, 14)}.${random.text(HEX, 64)}`,
  },
  {
    type: 'notion-token',
    provider: 'notion',
    names: ['notion-token', 'notion-api-key'],
    make: (random) => `ntn_${random.text(DIGITS, 11)}${random.text(BASE62, 35)}`,
  },
  {
    type: 'age-key',
    provider: 'age',
    names: ['age-key', 'sops-age-key'],
    make: ageSecretKey,
  },
  { type: 'artifactory-token', provider: 'jfrog', names: ['artifactory-api-key', 'jfrog-api-key'], make: prefixed('AKCp', BASE62, 69) },
  {
    type: 'dynatrace-token',
    provider: 'dynatrace',
    names: ['dt-api-token', 'dynatrace-token'],
    make: (random) => `dt0c01.${random.text(BASE32, 24)}.${random.text(BASE32, 64)}`,
  },
  { type: 'sentry-token', provider: 'sentry', names: ['sentry-auth-token'], make: prefixed('sntryu_', HEX, 64) },
  {
    type: 'terraform-cloud-token',
    provider: 'hashicorp',
    names: ['tfe-token', 'terraform-token'],
    make: (random) => `${random.text(BASE62, 14)}.atlasv1.${random.text(BASE64URL, 67)}`,
  },
  { type: 'figma-token', provider: 'figma', names: ['figma-token'], make: prefixed('figd_', BASE64URL, 40) },
  {
    type: 'mapbox-token',
    provider: 'mapbox',
    names: ['mapbox-secret-token'],
    make: (random) => `sk.eyJ1${random.text(BASE62, 70)}.${random.text(BASE62, 22)}`,
  },
  { type: 'flyio-token', provider: 'fly', names: ['fly-api-token'], make: (random) => `fo1_${random.text(WORD, 43)}` },
  {
    type: 'microsoft-teams-webhook',
    provider: 'microsoft',
    names: ['teams-webhook', 'teams-webhook-url'],
    make: (random) =>
      `https://contoso${random.int(1, 99)}.webhook.office.com/webhookb2/${uuid(random)}@${uuid(random)}/IncomingWebhook/${random.text(HEX, 32)}/${uuid(random)}`,
  },
]

/** One setting that holds one such token. */
export function tokenBundle(random: Random, kind: TokenKind, credential: string): Bundle {
  const path = [...random.pick([[], [], [kind.provider], ['integrations'], ['notifications', kind.provider]]), random.pick(kind.names)]
  return { type: kind.type, settings: [plantedSetting(path, kind.make(random), { type: kind.type, provider: kind.provider, credential })] }
}

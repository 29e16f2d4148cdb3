/** Names of providers as they occur as words of names, with how the provider writes itself. */
const PROVIDERS: ReadonlyMap<string, string> = new Map(Object.entries({
  aws: 'AWS', s3: 'AWS', azure: 'Azure', entra: 'Microsoft Entra', aad: 'Microsoft Entra', gcp: 'Google', google: 'Google', firebase: 'Google', github: 'GitHub', gitlab: 'GitLab',
  bitbucket: 'Bitbucket', slack: 'Slack', discord: 'Discord', telegram: 'Telegram', twilio: 'Twilio', sendgrid: 'SendGrid', mailgun: 'Mailgun', mailchimp: 'Mailchimp', stripe: 'Stripe',
  paypal: 'PayPal', datadog: 'Datadog', dd: 'Datadog', newrelic: 'New Relic', sentry: 'Sentry', grafana: 'Grafana', splunk: 'Splunk', pagerduty: 'PagerDuty', opsgenie: 'Opsgenie',
  openai: 'OpenAI', anthropic: 'Anthropic', cloudflare: 'Cloudflare', digitalocean: 'DigitalOcean', heroku: 'Heroku', okta: 'Okta', auth0: 'Auth0', vault: 'HashiCorp', consul: 'HashiCorp',
  jira: 'Atlassian', atlassian: 'Atlassian', confluence: 'Atlassian', sonar: 'Sonar', sonarqube: 'Sonar', snyk: 'Snyk', npm: 'npm', dockerhub: 'Docker', algolia: 'Algolia', mapbox: 'Mapbox',
  shopify: 'Shopify', facebook: 'Meta', linkedin: 'LinkedIn', twitter: 'X', dropbox: 'Dropbox', airtable: 'Airtable', notion: 'Notion', linear: 'Linear', zendesk: 'Zendesk', hubspot: 'HubSpot',
  postgres: 'PostgreSQL', postgresql: 'PostgreSQL', pg: 'PostgreSQL', mysql: 'MySQL', mariadb: 'MariaDB', redis: 'Redis', mongo: 'MongoDB', mongodb: 'MongoDB', rabbitmq: 'RabbitMQ',
  minio: 'MinIO', keycloak: 'Keycloak', elasticsearch: 'Elastic', elastic: 'Elastic',
})) // prettier-ignore

/** The provider that a name speaks of, or `unknown`. */
export function providerOfWords(words: readonly string[]): string {
  for (const word of words) {
    const provider = PROVIDERS.get(word)
    if (provider !== undefined) return provider
  }
  return 'unknown'
}

import type { TruthRow } from './generator/index.ts'

/** What each scanner may call a planted type. One row per type that is not simply its provider's name. */
const NAMES: Readonly<Record<string, RegExp>> = {
  password: /password|passphrase|passwd/,
  'registry-password': /registry|docker|basic-auth|password/,
  'url-password': /url|connection-string|dsn|uri|postgres|mysql|mongo|redis|amqp|jdbc|password/,
  'url-token': /url|token|api-key|webhook|generic/,
  'basic-auth': /basic/,
  'bearer-token': /bearer|generic-token|generic-api-key|generic-secret|token|authorization/,
  jwt: /jwt|json-web-token|bearer|service-role|supabase/,
  'service-account-token': /service-account/,
  'bootstrap-token': /bootstrap/,
  'private-key': /private-key|privatekey|client-certificate-key|rsa|ssh|pem/,
  'app-secret': /secret|token|key|seed/,
  'api-key': /key|token|secret/,
  'aws-access-key': /aws/,
  'entra-client-secret': /entra|azure-ad|azuread|client-secret/,
  'azure-storage-key': /azure|storage/,
  'azure-service-bus-key': /azure|service-?bus|connection-string/,
  'azure-cosmos-key': /azure|cosmos/,
  'gcp-service-account-key': /gcp|google|service-account/,
  'google-api-key': /gcp|google|firebase|api-?key/,
  'newrelic-license-key': /new-?relic/,
  'newrelic-key': /new-?relic/,
  'microsoft-teams-webhook': /teams/,
  'artifactory-token': /jfrog|artifactory/,
  'bitbucket-password': /bitbucket|atlassian/,
  'docker-hub-token': /docker/,
  'digitalocean-token': /digital-?ocean/,
  'terraform-cloud-token': /terraform|tfe|hashicorp/,
  'flyio-token': /fly/,
  'vault-token': /vault/,
  'planetscale-password': /planet-?scale/,
}

/** True when a scanner's name for a finding says the planted type. */
export function isSameType(row: TruthRow, kind: string): boolean {
  const known = NAMES[row.type]
  const name = kind.toLowerCase()
  if (known !== undefined) return known.test(name)
  return name.includes(row.provider !== '' ? row.provider : (row.type.split('-')[0] ?? row.type))
}

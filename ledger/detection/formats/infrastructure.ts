import { hasBech32Checksum } from '../checksum.ts'
import { charClass, type FormatRule, type KeyedRule } from '../rule.ts'
import { endingIn, issuer, namedAfter } from './issuer.ts'

const docs = (page: string) => ({ page, licence: 'facts' }) as const
const vault = issuer('HashiCorp Vault', docs('https://developer.hashicorp.com/vault/docs/concepts/tokens'))
const onePassword = issuer('1Password')
const doppler = issuer('Doppler', docs('https://docs.doppler.com/reference/auth-token-formats'))
const tailscale = issuer('Tailscale', docs('https://tailscale.com/kb/1277/key-prefixes'))
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

/** Secret stores, infrastructure as code, networks and sign-in services. */
export const infrastructure: readonly FormatRule[] = [
  vault.token('vault-service-token', 'vault-token', ['hvs.'], /hvs\.[\w-]{24,200}(?![\w-])/y),
  vault.token('vault-batch-token', 'vault-token', ['hvb.'], /hvb\.[\w-]{100,400}(?![\w-])/y),
  vault.token('vault-recovery-token', 'vault-token', ['hvr.'], /hvr\.[\w-]{24,200}(?![\w-])/y),
  issuer('Terraform Cloud').token('terraform-cloud-token', 'terraform-cloud-token', ['.atlasv1.'], /[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,70}(?![\w-])/y, {
    lead: { chars: charClass('A-Za-z0-9'), max: 14 },
  }),
  issuer('Pulumi').token('pulumi-token', 'pulumi-token', ['pul-'], /pul-[0-9a-f]{40}/y),
  doppler.token(
    'doppler-token',
    'doppler-token',
    ['dp.pt.', 'dp.st.', 'dp.ct.', 'dp.sa.', 'dp.scim.', 'dp.audit.'],
    /dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[\w-]{2,35}\.)?[A-Za-z0-9]{40,44}/y,
  ),
  issuer('Infisical', docs('https://infisical.com/docs/documentation/platform/token')).token(
    'infisical-service-token',
    'infisical-token',
    ['st.'],
    /st\.[0-9a-f]{24}\.[0-9a-f]{32}\.[0-9a-f]{32}/y,
  ),
  onePassword.token('1password-service-account-token', '1password-token', ['ops_eyJ'], /ops_eyJ[A-Za-z0-9+/_-]{250,3000}={0,3}/y),
  onePassword.token(
    '1password-secret-key',
    '1password-token',
    ['A3-'],
    /A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}/y,
  ),
  issuer('age', docs('https://github.com/C2SP/C2SP/blob/main/age.md')).token(
    'age-secret-key',
    'age-secret-key',
    ['AGE-SECRET-KEY-1'],
    /AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}/y,
    {
      read: ({ match: [key] }) =>
        hasBech32Checksum(key) ? { confidence: 'exact', reasons: ['A private key of age: its Bech32 checksum is right'] } : undefined,
    },
  ),
  issuer('Infracost').token('infracost-api-key', 'infracost-api-key', ['ico-'], /ico-[A-Za-z0-9]{32}/y),
  tailscale.token('tailscale-key', 'tailscale-key', ['tskey-'], /tskey-(?:auth|api|client|scim|webhook)-[A-Za-z0-9]{6,24}(?:CNTRL)?-[A-Za-z0-9]{16,48}/y),
  issuer('Defined Networking').token('defined-networking-token', 'defined-networking-token', ['dnkey-'], /dnkey-[\w=-]{26}-[\w=-]{52}(?![\w-])/y),
  issuer('Authress').token(
    'authress-key',
    'authress-key',
    ['.acc_', '.acc-'],
    /(?:scauth|authress|ext|sc)_[A-Za-z0-9]{5,30}\.[A-Za-z0-9]{4,6}\.acc[_-][a-z0-9-]{10,32}\.[A-Za-z0-9+/_=-]{30,120}/y,
    {
      lead: { chars: charClass('A-Za-z0-9_.'), max: 48 },
    },
  ),
  issuer('OpenShift').token('openshift-token', 'openshift-token', ['sha256~'], /sha256~[\w-]{43}(?![\w-])/y),
]

/** Shapes of this family that are decided by their name. */
export const infrastructureByName: readonly KeyedRule[] = [
  vault.keyed(
    'vault-legacy-token-by-name',
    'vault-token',
    namedAfter('vault|vlt', 'tokens?|root_?token|dev_root_token_id|token_id'),
    /^[sbr]\.[A-Za-z0-9]{24}$/,
    { confidence: 'strong' },
  ),
  vault.keyed('vault-uuid-token-by-name', 'vault-token', namedAfter('vault', 'tokens?|root_?token'), UUID),
  vault.keyed('vault-approle-secret-by-name', 'vault-approle-secret', namedAfter('vault|approle|app_role|role', 'secret_?id'), UUID),
  issuer('HashiCorp Consul', docs('https://developer.hashicorp.com/consul/docs/security/acl/tokens')).keyed(
    'consul-token-by-name',
    'consul-token',
    namedAfter('consul', 'tokens?|acl_?token|http_token|master_token|management'),
    UUID,
  ),
  issuer('Infracost').keyed('infracost-key-by-name', 'infracost-api-key', namedAfter('infracost'), /^[A-Za-z0-9]{32}$/),
  issuer('ngrok', docs('https://ngrok.com/docs/agent/')).keyed(
    'ngrok-token-by-name',
    'ngrok-token',
    namedAfter('ngrok'),
    /^[A-Za-z0-9]{27}_[A-Za-z0-9]{20,22}$/,
    { confidence: 'strong' },
  ),
  issuer('Cisco Meraki').keyed('meraki-key-by-name', 'meraki-api-key', namedAfter('meraki'), /^[0-9a-f]{40}$/),
  issuer('Okta').keyed('okta-token-by-name', 'okta-token', namedAfter('okta'), /^00[\w=-]{40}$/, { confidence: 'strong' }),
  issuer('Okta', docs('https://developer.okta.com/docs/')).keyed(
    'okta-client-secret-by-name',
    'oauth-client-secret',
    namedAfter('okta', 'client_?secret|secret'),
    /^[\w-]{40,64}$/,
  ),
  issuer('Auth0', docs('https://auth0.com/docs/get-started/applications')).keyed(
    'auth0-secret-by-name',
    'auth0-client-secret',
    namedAfter('auth0|auth_0', 'client_?secret|secret|mgmt_client_secret'),
    /^[\w-]{64}$/,
    { confidence: 'strong' },
  ),
  issuer('WireGuard', docs('https://www.wireguard.com/')).keyed(
    'wireguard-private-key-by-name',
    'wireguard-private-key',
    namedAfter('wireguard|wg|interface', 'private_?key|preshared_?key|psk'),
    /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/,
    { confidence: 'strong' },
  ),
  issuer('Kubernetes', docs('https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/')).keyed(
    'kubernetes-bootstrap-token-by-name',
    'kubernetes-bootstrap-token',
    endingIn('token'),
    /^[a-z0-9]{6}\.[a-z0-9]{16}$/,
    { confidence: 'strong' },
  ),
]

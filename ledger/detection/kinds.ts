import { PROVIDER_KINDS } from './provider-kinds.ts'

/**
 * Credentials that are known by their form, their place or their name and not by one provider. Each has one sentence for people;
 * rules, documentation and the Console read this list, so a kind that is not here does not exist.
 */
const COMMON_KINDS = {
  'url-credentials': 'Password or token inside a URL, such as a database or broker address; the provider names the family of the scheme.',
  'connection-string': 'Password or key inside a keyword connection string, such as ADO.NET, ODBC, JDBC or libpq.',
  'basic-auth': 'User and password of HTTP Basic authentication, in a header or a command.',
  'bearer-token': 'Opaque token in an Authorization header.',
  'session-cookie': 'Cookie that stands for a signed-in session.',
  jwt: 'Signed JSON Web Token; issuer, subject and expiry are read from its claims.',
  'kubernetes-service-account-token': 'JSON Web Token of a Kubernetes service account; legacy ones never expire.',
  'kubernetes-bootstrap-token': 'Token with which a node joins a Kubernetes cluster.',
  'openshift-token': 'OAuth access token of a user of OpenShift.',
  'private-key': 'Private key of a certificate or of signing, in PEM or JWK form.',
  'ssh-private-key': 'Private key of an SSH client or host, OpenSSH or PuTTY form.',
  'pgp-private-key': 'OpenPGP private key block.',
  'age-secret-key': 'Private key of age file encryption.',
  'wireguard-private-key': 'Private key of a WireGuard interface.',
  keystore: 'PKCS#12, JKS or other binary key store.',
  'docker-registry-credentials': 'User and password or token of a container registry.',
  'client-certificate-key': 'Private key of a client certificate, such as client-key-data of a kubeconfig.',
  'htpasswd-plain': 'User and password in clear in a password file.',
  password: 'Password known by its name, its neighbours and its place.',
  passphrase: 'Passphrase of a key or a key store.',
  'generic-api-key': 'API key of an unknown provider, known by its name.',
  'generic-token': 'Token of an unknown provider, known by its name.',
  'generic-secret': 'Secret value of unknown use, known by its name.',
  'encryption-key': 'Symmetric key of encryption or signing, known by its name.',
  'signing-secret': 'Shared secret that signs cookies, sessions, tokens or webhooks.',
  'oauth-client-secret': 'Secret of an OAuth client of an unknown or own provider.',
  'webhook-url': 'Address to which whoever knows it may post.',
  'one-time-password-seed': 'Shared secret of time-based one-time passwords.',
  'account-id': 'Public identifier of an account, tenant or project that says whose a neighbouring secret is.',
  'client-id': 'Public identifier of an OAuth client or application.',
  username: 'Name of the account whose password stands next to it.',
} as const

/** Every kind of finding with one sentence for people. */
export const KINDS = { ...COMMON_KINDS, ...PROVIDER_KINDS } as const

/** A kind of finding: kebab-case, typed, stable across versions. */
export type Kind = keyof typeof KINDS

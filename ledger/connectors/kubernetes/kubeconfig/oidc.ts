import { UserError } from '@mintmark/ledger/model'
import { decodeData, readNamedFile } from './proof.ts'
import type { Credentials, Proof } from './proof.ts'
import { renewTokens } from './identity-provider.ts'
import type { IdentityProvider } from './identity-provider.ts'

/** Renewed this long before it ends, so that no request meets the end. */
const EARLY_MS = 10_000

/** The fields of an `oidc` auth-provider that kubectl knows. */
export type OidcConfig = Readonly<Record<string, string>>

/**
 * The provider that an `oidc` entry names.
 *
 * @returns undefined when the entry holds nothing to renew a token with
 * @throws UserError when it names a provider that cannot be right
 */
export async function readIdentityProvider(name: string, config: OidcConfig, folder: string): Promise<IdentityProvider | undefined> {
  const [address = '', clientId = ''] = [config['idp-issuer-url'], config['client-id']]
  if ((config['refresh-token'] ?? '') === '' || address === '' || clientId === '') return undefined
  const issuer = URL.canParse(address) ? new URL(address) : undefined
  if (issuer?.protocol !== 'https:') {
    throw new UserError(
      'auth-provider',
      `The issuer of user ${name} (idp-issuer-url) is not an https address`,
      'Correct it in the kubeconfig, or log in again with the tool that wrote it',
    )
  }
  const data = config['idp-certificate-authority-data'] ?? ''
  const file = config['idp-certificate-authority'] ?? ''
  const caPem = data !== '' ? decodeData(data) : file === '' ? undefined : await readNamedFile('authority of the identity provider', file, folder)
  const secret = config['client-secret'] ?? ''
  return { issuer, clientId, clientSecret: secret === '' ? undefined : secret, caPem }
}

/**
 * An id token that is renewed with its refresh token when it ends or is refused.
 *
 * What is renewed stays in this process: a kubeconfig belongs to its user. Where the provider rotates refresh tokens, kubectl must log in again afterwards.
 */
export function createOidcCredentials(name: string, provider: IdentityProvider, config: OidcConfig): Credentials {
  let idToken = config['id-token'] ?? ''
  let refreshToken = config['refresh-token'] ?? ''
  let running: Promise<Proof> | undefined
  const proofOf = (): Proof => ({ authorization: `Bearer ${idToken}` })
  const renew = async (signal: AbortSignal): Promise<Proof> => {
    const renewed = await renewTokens(provider, refreshToken, signal)
    idToken = renewed.idToken
    refreshToken = renewed.refreshToken ?? refreshToken
    return proofOf()
  }
  return {
    name,
    advice: `Log in again at ${provider.issuer.host} with the tool that manages this kubeconfig; the scan renews a token, but does not log in`,
    async proof(refused, signal) {
      const endsAt = expiryOf(idToken)?.getTime() ?? Number.POSITIVE_INFINITY
      if (idToken !== '' && !refused && endsAt - EARLY_MS > Date.now()) return proofOf()
      // Requests that need a token at the same time wait for one renewal: a rotated refresh token works once.
      running ??= renew(signal).finally(() => (running = undefined))
      return running
    },
  }
}

/** `exp` of a JWT, when the text is one. */
export function expiryOf(token: string): Date | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    if (typeof claims === 'object' && claims !== null && 'exp' in claims && typeof claims.exp === 'number') return new Date(claims.exp * 1_000)
  } catch {
    // An opaque token says nothing about its end.
  }
  return undefined
}

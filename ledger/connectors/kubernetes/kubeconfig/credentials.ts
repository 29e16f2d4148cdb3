import { X509Certificate } from 'node:crypto'
import { resolve } from 'node:path'
import { UserError } from '@mintmark/ledger/model'
import { createExecCredentials } from './exec.ts'
import type { ExecCluster } from './exec.ts'
import { createOidcCredentials, expiryOf, readIdentityProvider } from './oidc.ts'
import type { OidcConfig } from './oidc.ts'
import { decodeData, readNamedFile } from './proof.ts'
import type { Credentials, Proof } from './proof.ts'
import type { Named, UserEntry } from './schema.ts'

/** A token file is read again after this time: kubelets and sidecars renew it. */
const TOKEN_FILE_AGE_MS = 60_000

/**
 * Picks the way of signing in that the user entry asks for, in kubectl's order: certificate and token together, then the credential plugin.
 *
 * @throws UserError for what is expired, missing, or not allowed
 */
export async function createCredentials(name: string, user: Named<UserEntry>, cluster: ExecCluster, allowExec: boolean, now: Date): Promise<Credentials> {
  const { entry, folder } = user
  const certificate = await readCertificate(name, user, now)
  const fixed = certificate === undefined ? {} : { certificate }
  if (entry.token !== undefined && entry.token !== '') {
    return always(
      name,
      { ...fixed, authorization: `Bearer ${entry.token}` },
      `The token of user ${name} was revoked or has expired; log in again or write a new one`,
    )
  }
  if (entry.tokenFile !== undefined) return createFileCredentials(name, resolve(folder, entry.tokenFile), fixed)
  if (entry.username !== undefined && entry.password !== undefined) {
    const basic = Buffer.from(`${entry.username}:${entry.password}`).toString('base64')
    return always(name, { ...fixed, authorization: `Basic ${basic}` }, 'Kubernetes dropped passwords in 1.19; use a token or a certificate')
  }
  const provider = entry['auth-provider']
  if (provider !== undefined) return providerCredentials(name, provider.name, provider.config ?? {}, folder, now)
  if (entry.exec) return createExecCredentials(name, entry.exec, folder, cluster, allowExec)
  const advice =
    certificate === undefined
      ? `User ${name} of the kubeconfig has no credentials; add a token, a certificate or a credential plugin`
      : `The client certificate of user ${name} is not signed by an authority that this cluster trusts; get a new one`
  return always(name, fixed, advice)
}

function always(name: string, proof: Proof, advice: string): Credentials {
  return { name, proof: async () => proof, advice }
}

/** A token in a file, which others renew. */
export function createFileCredentials(name: string, file: string, fixed: Proof = {}): Credentials {
  let token = ''
  let readAtMs = Number.NEGATIVE_INFINITY
  return {
    name,
    advice: `The token in ${file} was revoked or has expired; it is read again for every attempt, so renew the file`,
    async proof(refused) {
      const nowMs = performance.now()
      if (refused || nowMs - readAtMs > TOKEN_FILE_AGE_MS) {
        token = (await readNamedFile('token file', file, '/')).trim()
        readAtMs = nowMs
      }
      return { ...fixed, authorization: `Bearer ${token}` }
    },
  }
}

async function readCertificate(name: string, { entry, folder }: Named<UserEntry>, now: Date): Promise<Proof['certificate']> {
  const certData = entry['client-certificate-data']
  const certFile = entry['client-certificate']
  if (certData === undefined && certFile === undefined) return undefined
  const keyData = entry['client-key-data']
  const keyFile = entry['client-key']
  if (keyData === undefined && keyFile === undefined) {
    throw new UserError('kubeconfig-invalid', `User ${name} of the kubeconfig has a client certificate but no key`, 'Add client-key-data or client-key')
  }
  const cert = certData === undefined ? await readNamedFile('client certificate', certFile ?? '', folder) : decodeData(certData)
  const key = keyData === undefined ? await readNamedFile('client key', keyFile ?? '', folder) : decodeData(keyData)
  const problem = certificateProblem(cert, now)
  if (problem !== undefined) {
    throw new UserError(
      'certificate-expired',
      `The client certificate of user ${name} ${problem}`,
      'Get a new one from the cluster (for example `kubeadm kubeconfig user`, or log in again)',
    )
  }
  return { cert, key }
}

function certificateProblem(pem: string, now: Date): string | undefined {
  try {
    const certificate = new X509Certificate(pem)
    const notAfter = new Date(certificate.validTo)
    const notBefore = new Date(certificate.validFrom)
    if (now > notAfter) return `expired on ${notAfter.toISOString()}`
    return now < notBefore ? `is valid only from ${notBefore.toISOString()}; check the clock of this machine` : undefined
  } catch {
    return 'is not a certificate in PEM form'
  }
}

/** The old `auth-provider` entries: an OIDC id token that is kept fresh. Cloud providers moved to credential plugins in 1.26. */
async function providerCredentials(name: string, provider: string, config: OidcConfig, folder: string, now: Date): Promise<Credentials> {
  const identityProvider = provider === 'oidc' ? await readIdentityProvider(name, config, folder) : undefined
  if (identityProvider !== undefined) return createOidcCredentials(name, identityProvider, config)
  const token = provider === 'oidc' ? config['id-token'] : (config['access-token'] ?? config['id-token'])
  if (token === undefined || token === '') {
    throw new UserError(
      'auth-provider',
      `User ${name} signs in by auth-provider ${provider}, and no token is stored for it`,
      'Log in once with the tool that manages this kubeconfig, or use a credential plugin',
    )
  }
  const expiresAt = expiryOf(token)
  const remedy = 'Run any kubectl command to renew it (kubectl stores the new token), or use a credential plugin with --allow-exec'
  if (expiresAt !== undefined && expiresAt <= now) {
    throw new UserError('token-expired', `The ${provider} token of user ${name} expired at ${expiresAt.toISOString()}`, remedy)
  }
  return always(name, { authorization: `Bearer ${token}` }, remedy)
}

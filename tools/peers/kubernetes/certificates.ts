import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const DAYS = '2'

/** The files that a control plane and its clients need, all below one folder. */
export interface ClusterCertificates {
  readonly caFile: string
  readonly caKeyFile: string
  readonly serverCertificate: string
  readonly serverKey: string
  readonly serviceAccountKey: string
  readonly admin: ClientCertificate
  readonly controllerManager: ClientCertificate
}

/** A certificate and its key, as PEM files. */
export interface ClientCertificate {
  readonly certificateFile: string
  readonly keyFile: string
}

/** Makes a CA, the API server's certificate and the clients' by the system's openssl. */
export async function makeCertificates(folder: string): Promise<ClusterCertificates> {
  const caFile = join(folder, 'ca.crt')
  const caKeyFile = join(folder, 'ca.key')
  const serviceAccountKey = join(folder, 'service-accounts.key')
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    DAYS,
    '-subj',
    '/CN=test-ca',
    '-keyout',
    caKeyFile,
    '-out',
    caFile,
  ])
  await run('openssl', ['genrsa', '-out', serviceAccountKey, '2048'])
  const ca = { caFile, caKeyFile }
  const server = await makeCertificate(folder, 'server', '/CN=kube-apiserver', ca, 'DNS:localhost,IP:127.0.0.1,IP:10.0.0.1')
  return {
    caFile,
    caKeyFile,
    serviceAccountKey,
    serverCertificate: server.certificateFile,
    serverKey: server.keyFile,
    admin: await makeCertificate(folder, 'admin', '/O=system:masters/CN=admin', ca),
    controllerManager: await makeCertificate(folder, 'controller-manager', '/CN=system:kube-controller-manager', ca),
  }
}

/** One more client, for example of a user with fewer rights or of one whose certificate has run out (`days` of 0). */
export async function makeCertificate(
  folder: string,
  name: string,
  subject: string,
  ca: { readonly caFile: string; readonly caKeyFile: string },
  alternativeNames?: string,
  days: string = DAYS,
): Promise<ClientCertificate> {
  const keyFile = join(folder, `${name}.key`)
  const requestFile = join(folder, `${name}.csr`)
  const certificateFile = join(folder, `${name}.crt`)
  const extensionFile = join(folder, `${name}.ext`)
  await run('openssl', ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', subject, '-keyout', keyFile, '-out', requestFile])
  await writeFile(
    extensionFile,
    alternativeNames === undefined ? 'extendedKeyUsage=clientAuth\n' : `extendedKeyUsage=serverAuth\nsubjectAltName=${alternativeNames}\n`,
  )
  await run('openssl', [
    'x509',
    '-req',
    '-in',
    requestFile,
    '-CA',
    ca.caFile,
    '-CAkey',
    ca.caKeyFile,
    '-CAcreateserial',
    '-days',
    days,
    '-extfile',
    extensionFile,
    '-out',
    certificateFile,
  ])
  return { certificateFile, keyFile }
}

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** PEM of a key and of a certificate that it signed itself, as kubelets have them. */
export interface SelfSigned {
  readonly key: string
  readonly certificate: string
}

/** Makes a certificate for the loopback address in a folder, by the machine's openssl. */
export function makeSelfSigned(folder: string, name: string): SelfSigned {
  const [keyFile, certificateFile] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
  execFileSync('openssl', ['req', '-x509', ...curve, ...names, '-keyout', keyFile, '-out', certificateFile], { stdio: 'ignore' })
  return { key: readFileSync(keyFile, 'utf8'), certificate: readFileSync(certificateFile, 'utf8') }
}

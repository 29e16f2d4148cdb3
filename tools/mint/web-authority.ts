import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A certificate authority as the public Web has them, trusted by this process while it is open. */
export interface WebAuthority {
  readonly caFile: string
  readonly caPem: string
  /** Key and certificate for `localhost` and 127.0.0.1, PEM. */
  readonly server: { readonly key: string; readonly cert: string }
  close(): Promise<void>
}

/** Makes one with the system's openssl. */
export async function openWebAuthority(): Promise<WebAuthority> {
  const folder = await mkdtemp(join(tmpdir(), 'mintmark-web-'))
  const file = (name: string): string => join(folder, name)
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  await run('openssl', ['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=web authority of a test', '-keyout', file('ca.key'), '-out', file('ca.crt')])
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1'
  const request = ['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=localhost', '-addext', names, '-addext', 'basicConstraints=critical,CA:FALSE']
  await run('openssl', [...request, '-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-keyout', file('server.key'), '-out', file('server.crt')])
  const [caPem, key, cert] = await Promise.all(['ca.crt', 'server.key', 'server.crt'].map((name) => readFile(file(name), 'utf8')))
  const before = getCACertificates('default')
  setDefaultCACertificates([...before, caPem ?? ''])
  return {
    caFile: file('ca.crt'),
    caPem: caPem ?? '',
    server: { key: key ?? '', cert: cert ?? '' },
    async close() {
      setDefaultCACertificates(before)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

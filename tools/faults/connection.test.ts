import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../peers/index.ts'
import { makeHome, runSpirlctl } from './programs.ts'

const run = promisify(execFile)
/** Stands in every kubeconfig; must stand in nothing that is printed. */
const CANARY = 'Pelikan-7719-umbra'

let home: Awaited<ReturnType<typeof makeHome>>
beforeAll(async () => {
  home = await makeHome()
})
afterAll(() => home.remove())

const config = (server: string, user: object): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    clusters: [{ name: 'cluster', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'somebody', user }],
    contexts: [{ name: 'here', context: { cluster: 'cluster', user: 'somebody' } }],
  })

/** A certificate that was valid in January 2020 only; `openssl ca` is the way to set dates that every openssl knows. */
async function expiredCertificate(): Promise<{ readonly cert: string; readonly key: string }> {
  const folder = join(home.path, 'ca')
  await mkdir(folder)
  const file = (name: string): string => join(folder, name)
  const text = `[ca]\ndefault_ca=one\n[one]\ndatabase=${file('index')}\nserial=${file('serial')}\nnew_certs_dir=${folder}\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n`
  await writeFile(file('ca.cnf'), text)
  await writeFile(file('index'), '')
  await writeFile(file('serial'), '01\n')
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  await run('openssl', ['req', '-x509', ...fresh, '-subj', '/CN=test-ca', '-keyout', file('ca.key'), '-out', file('ca.crt')])
  await run('openssl', ['req', ...fresh, '-subj', '/CN=somebody', '-keyout', file('user.key'), '-out', file('user.csr')])
  const dates = ['-startdate', '200101000000Z', '-enddate', '200131000000Z']
  const authority = ['-cert', file('ca.crt'), '-keyfile', file('ca.key'), '-config', file('ca.cnf')]
  await run('openssl', ['ca', '-batch', ...authority, ...dates, '-in', file('user.csr'), '-out', file('user.crt'), '-notext'])
  return { cert: file('user.crt'), key: file('user.key') }
}

async function scan(
  text: string | undefined,
  ...more: readonly string[]
): Promise<{ readonly path: string; readonly code: number | undefined; readonly said: string }> {
  const path = join(home.path, `kubeconfig-${crypto.randomUUID()}`)
  if (text !== undefined) await writeFile(path, text)
  const { code, stdout, stderr } = await runSpirlctl(home.path, ['scan', 'kubernetes', '--kubeconfig', path, ...more])
  expect(stdout).toBe('')
  expect(stderr).not.toContain(CANARY)
  return { path, code, said: stderr }
}

test('a kubeconfig that is not there is named', async () => {
  const { path, code, said } = await scan(undefined)
  expect([code, said]).toEqual([1, expect.stringContaining(path)])
})

test('a kubeconfig that is not YAML is named', async () => {
  const { path, code, said } = await scan(`users:\n  - name: ${CANARY}\n user: [`)
  expect([code, said]).toEqual([1, expect.stringContaining(path)])
  expect(said).toMatch(/YAML/)
})

test('a context that does not exist is named, with those that do', async () => {
  const { code, said } = await scan(config('https://127.0.0.1:1', { token: CANARY }), '--context', 'elsewhere')
  expect([code, said]).toEqual([1, expect.stringMatching(/no context elsewhere[^]*there are: here/)])
})

test('a server at which nothing listens is named, and the scan ends soon', async () => {
  const host = `127.0.0.1:${await freePort()}`
  const { code, said } = await scan(config(`https://${host}`, { token: CANARY }))
  expect([code, said]).toEqual([1, expect.stringContaining(`${host} cannot be reached: nothing listens there`)])
})

test('a client certificate that has expired is named with its date before anything is sent', async () => {
  const { cert, key } = await expiredCertificate()
  const { code, said } = await scan(config('https://127.0.0.1:1', { 'client-certificate': cert, 'client-key': key }))
  expect([code, said]).toEqual([1, expect.stringMatching(/certificate of user somebody expired on 2020-01-31/)])
})

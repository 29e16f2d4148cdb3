import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { peerIsMissing, type PeerProcess, requireExecutable, startProcess } from '../peers/index.ts'
import { startTrialAgent, type TrialAgent } from './agent.ts'
import { startTrialDomain, type TrialDomain } from './trust-domain.ts'
import { until } from './until.ts'

const run = promisify(execFile)

describe.skipIf(peerIsMissing('spiffe'))('spiffe-helper', () => {
  let database: TestCluster
  let domain: TrialDomain
  let agent: TrialAgent
  let folder: string
  let helper: PeerProcess

  const file = (name: string): string => join(folder, name)
  const certificate = async (): Promise<X509Certificate> => new X509Certificate(await readFile(file('svid.pem')))

  beforeAll(async () => {
    database = await startTestCluster()
    domain = await startTrialDomain({ name: 'files.test', store: await database.openFreshStore() })
    agent = await startTrialAgent({ ...domain, endpoints: [domain.endpoint] }, await domain.addCluster('machines', 'linux'))
    await agent.logged('Health check passed - all systems operational')
    folder = await mkdtemp(join(tmpdir(), 'mintmark-helper-'))
    const settings = [
      `agent_address = "${agent.socketPath}"`,
      `cert_dir = "${folder}"`,
      'svid_file_name = "svid.pem"',
      'svid_key_file_name = "svid_key.pem"',
      'svid_bundle_file_name = "bundle.pem"',
      'jwt_svids = [{jwt_audience="shop", jwt_svid_file_name="shop.token"}]',
      'jwt_bundle_file_name = "jwks.json"',
    ]
    await writeFile(file('helper.conf'), `${settings.join('\n')}\n`)
    helper = startProcess('spiffe-helper', requireExecutable('spiffe', 'spiffe-helper'), ['-config', file('helper.conf')], folder)
  })
  afterAll(async () => {
    await helper?.stop()
    await agent?.close()
    await domain?.close()
    await database?.stop()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  test('writes certificate, key, bundle, token and JWKS, which openssl accepts in strict mode', async () => {
    const first = await until(certificate, () => true, 'a certificate file')
    expect(first.subjectAltName).toMatch(/^URI:spiffe:\/\/files\.test\/machines\//)
    expect(
      (
        await until(
          () => readFile(file('shop.token'), 'utf8'),
          (text) => text.length > 0,
          'a token file',
        )
      ).split('.'),
    ).toHaveLength(3)
    expect(
      JSON.parse(
        await until(
          () => readFile(file('jwks.json'), 'utf8'),
          (text) => text.length > 0,
          'a JWKS file',
        ),
      ),
    ).toBeDefined()
    const { stdout } = await run('openssl', ['verify', '-x509_strict', '-CAfile', file('bundle.pem'), file('svid.pem')])
    expect(stdout.trim()).toBe(`${file('svid.pem')}: OK`)
  })

  test('writes them anew when the key that signed is tainted', async () => {
    const before = (await certificate()).serialNumber
    const old = domain.authority.current().keysetId
    await domain.authority.prepare()
    await domain.authority.activate()
    await domain.authority.taint(old)
    const after = await until(certificate, ({ serialNumber }) => serialNumber !== before, 'a new certificate file')
    const { stdout } = await run('openssl', ['verify', '-x509_strict', '-CAfile', file('bundle.pem'), file('svid.pem')])
    expect(stdout.trim()).toBe(`${file('svid.pem')}: OK`)
    expect(after.subjectAltName).toMatch(/^URI:spiffe:\/\/files\.test\//)
  })
})

import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import {
  certificatesToPem,
  generateWorkloadKey,
  localSigner,
  parseTrustDomain,
  randomSerial,
  spiffeId,
  type TrustDomain,
  validateX509Svid,
  writeAuthority,
  writeLeaf,
} from '@mintmark/spiffe'
import { beforeEach, describe, expect, test } from 'vitest'
import { openAuthority } from '../authority.ts'
import { AuthorityError } from '../errors.ts'
import { memoryKeys } from '../keys/memory.ts'
import type { Authority } from '../model.ts'
import { memoryKeysetStore } from '../testing.ts'
import { diskUpstream } from './disk.ts'

const run = promisify(execFile)
const START = Date.parse('2026-06-01T00:00:00Z')
const DAY_MS = 86_400_000
const LIFETIME_SECONDS = 60 * 86_400

function exampleTrustDomain(): TrustDomain {
  const parsed = parseTrustDomain('example.org')
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.trustDomain
}

interface Upper {
  readonly certificate: Uint8Array
  readonly key: KeyObject
}

/** An authority of somebody else: a root, or one below another. */
async function upper(
  name: string,
  options: { readonly issuer?: Upper; readonly days?: number; readonly from?: number; readonly pathLength?: number; readonly rsa?: boolean } = {},
): Promise<Upper> {
  const { privateKey } = options.rsa === true ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signer = localSigner(privateKey)
  const issuer =
    options.issuer === undefined ? {} : { issuer: { signer: localSigner(options.issuer.key), certificate: options.issuer.certificate, intermediates: [] } }
  const certificate = await writeAuthority({
    trustDomain: exampleTrustDomain(),
    publicKey: signer.publicKey,
    serial: randomSerial(),
    notBefore: new Date(START - DAY_MS),
    notAfter: new Date(START + (options.days ?? 1_000) * DAY_MS),
    subject: [{ type: 'CN', value: name }],
    ...(options.pathLength === undefined ? {} : { pathLength: options.pathLength }),
    signer,
    ...issuer,
  })
  return { certificate, key: privateKey }
}

const label = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof AuthorityError ? error.label : error),
  )

describe('an upstream authority in files', () => {
  let folder: string
  let clock: { ms: number }
  let lines: string[]
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'mintmark-upstream-'))
    clock = { ms: START }
    lines = []
    return () => rm(folder, { recursive: true, force: true })
  })
  const file = (name: string): string => path.join(folder, name)
  async function install(signing: Upper, chain: readonly Upper[] = [], root?: Upper): Promise<void> {
    await writeFile(file('upstream.pem'), certificatesToPem([signing, ...chain].map((each) => each.certificate)))
    await writeFile(file('upstream.key'), signing.key.export({ type: 'pkcs8', format: 'pem' }))
    if (root !== undefined) await writeFile(file('root.pem'), certificatesToPem([root.certificate]))
  }
  const now = (): Date => new Date(clock.ms)
  const upstream = (rootFile?: string) =>
    diskUpstream({ certificateFile: file('upstream.pem'), keyFile: file('upstream.key'), ...(rootFile === undefined ? {} : { rootFile: file(rootFile) }) }, now)
  const log = { info() {}, warn() {}, error: (_fields: object, message: string) => void lines.push(message) }
  const open = (rootFile?: string): Promise<Authority> =>
    openAuthority({
      trustDomain: exampleTrustDomain(),
      store: memoryKeysetStore(),
      keys: memoryKeys(),
      now,
      settings: { keysetLifetimeSeconds: LIFETIME_SECONDS, jwtAlgorithms: ['ES256'] },
      upstream: upstream(rootFile),
      log,
    })

  /** Issues an SVID and checks it as its peers do. @returns its chain */
  async function issue(authority: Authority): Promise<readonly Uint8Array[]> {
    const id = spiffeId(exampleTrustDomain(), '/web')
    if (!id.ok) throw new Error(id.reason)
    const { issuer, bundle } = authority.current()
    const leaf = await writeLeaf(issuer, {
      id: id.id,
      publicKey: generateWorkloadKey().publicKey,
      serial: randomSerial(),
      notBefore: new Date(clock.ms - 30_000),
      notAfter: new Date(clock.ms + 3_600_000),
    })
    const chain = [leaf, ...issuer.intermediates]
    expect(validateX509Svid(chain, () => bundle, now())).toMatchObject({ ok: true, id: id.id })
    return chain
  }

  test.each([
    ['EC', false],
    ['RSA', true],
  ])('rule 10: SVIDs carry the chain without the root, and the root is in the bundle (%s)', async (_name, rsa) => {
    const root = await upper('root', { rsa })
    const middle = await upper('middle', { issuer: root })
    await install(middle, [], root)
    const authority = await open('root.pem')
    const [leaf, issuing, between, ...rest] = await issue(authority)
    expect(rest).toEqual([])
    expect(Buffer.from(between ?? [])).toEqual(Buffer.from(middle.certificate))
    expect(authority.current().bundle.x509Authorities.map((each) => Buffer.from(each))).toEqual([Buffer.from(root.certificate)])
    await writeFile(file('leaf.pem'), certificatesToPem([leaf ?? new Uint8Array()]))
    await writeFile(file('between.pem'), certificatesToPem([issuing ?? new Uint8Array(), between ?? new Uint8Array()]))
    const { stdout } = await run('openssl', [
      'verify',
      '-x509_strict',
      '-attime',
      String(START / 1_000),
      '-CAfile',
      file('root.pem'),
      '-untrusted',
      file('between.pem'),
      file('leaf.pem'),
    ])
    expect(stdout).toContain('leaf.pem: OK')
  })

  test('keysets of one upstream share its root, which stands in the bundle once', async () => {
    await install(await upper('root'))
    const authority = await open()
    await authority.prepare()
    await authority.activate()
    expect(authority.list()).toHaveLength(2)
    expect(authority.current().bundle.x509Authorities).toHaveLength(1)
    await issue(authority)
  })

  test('a changed certificate is taken up by rotation, published before it signs, and the old root stays', async () => {
    await install(await upper('first'))
    const authority = await open()
    const before = authority.current()
    await install(await upper('second'))
    await authority.rotateIfDue()
    expect(authority.current()).toMatchObject({ keysetId: before.keysetId, bundle: { x509Authorities: { length: 2 } } })
    clock.ms += 3 * 300 * 1_000
    await authority.rotateIfDue()
    expect(authority.current().keysetId).not.toBe(before.keysetId)
    expect(authority.current().bundle.x509Authorities).toHaveLength(2)
    await issue(authority)
    await authority.rotateIfDue()
    expect(authority.list()).toHaveLength(2)
  })

  test('no keyset outlives its upstream, and none is made that would help nobody', async () => {
    await install(await upper('short', { days: 20 }))
    const authority = await open()
    expect(authority.current().issuerNotAfter).toEqual(new Date(START + 20 * DAY_MS))
    clock.ms += 15 * DAY_MS
    await authority.rotateIfDue()
    expect(authority.list()).toHaveLength(1)
  })

  test('while the files are not usable, everything else goes on, and it is said', async () => {
    await install(await upper('first'))
    const authority = await open()
    await rm(file('upstream.key'))
    clock.ms += 40 * DAY_MS
    await authority.rotateIfDue()
    expect(authority.list()).toHaveLength(1)
    await issue(authority)
    expect(lines).toEqual(['The upstream authority cannot be used; no keyset is prepared until it can'])
    expect(await label(authority.prepare())).toBe('upstream')
    await install(await upper('second'))
    await authority.rotateIfDue()
    expect(authority.list()).toHaveLength(2)
  })

  test('files that do not belong together, or are no authority, are refused with the reason', async () => {
    const root = await upper('root')
    const other = await upper('other')
    const problem = async (rootFile?: string): Promise<string> =>
      upstream(rootFile)
        .current()
        .then(
          () => 'none',
          (error: unknown) => (error instanceof AuthorityError ? error.message : String(error)),
        )
    expect(await problem()).toContain('cannot be read: ENOENT')
    await install(root)
    expect(await problem()).toBe('none')
    await writeFile(file('upstream.key'), other.key.export({ type: 'sec1', format: 'pem' }))
    expect(await problem()).toContain('does not belong to the first certificate')
    await writeFile(file('upstream.key'), 'no key')
    expect(await problem()).toContain('holds no private key that can sign here')
    await install(await upper('middle', { issuer: root }))
    expect(await problem()).toContain('is not a root')
    await install(await upper('middle', { issuer: root }), [other])
    expect(await problem()).toContain('is not signed by the one behind it')
    await install(await upper('narrow', { pathLength: 0 }))
    expect(await problem()).toContain('may have 0 authorities below it, and needs 1')
    await install(await upper('gone', { days: 1 }))
    clock.ms += 2 * DAY_MS
    expect(await problem()).toContain('ended at')
    clock.ms = START - 2 * DAY_MS
    expect(await problem()).toContain('is not valid yet')
    clock.ms = START
    await writeFile(file('upstream.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
    expect(await problem()).toContain('upstream.pem')
    await writeFile(file('upstream.pem'), 'x'.repeat(300_000))
    expect(await problem()).toContain('is larger than')
  })
})

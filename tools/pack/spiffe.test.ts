import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildSpiffePackage } from './spiffe.ts'

const run = promisify(execFile)
const MODULES = join(import.meta.dirname, '..', '..', 'node_modules')
/** Oldest Node that the package promises. */
const NODE_MIN = [20, 12] as const
let folder: string

/** Reads and writes through both doors, and prints what came of it. */
const PROGRAM = `
import { formatBundle, generateWorkloadKey, localSigner, parseBundle, parseSpiffeId, parseTrustDomain, prepareLeafWriter, randomSerial, readCsr, signJwtSvid, validateJwtSvid, validateX509Svid, writeAuthority, writeCsr, jwkParametersOf } from '@mintmark/spiffe'
import { WorkloadApiClient, openX509Source } from '@mintmark/spiffe/workload-api'
import * as testing from '@mintmark/spiffe/testing'

const { trustDomain } = parseTrustDomain('example.org')
const { id } = parseSpiffeId('spiffe://example.org/ns/shop/sa/web')
const [root, workload] = [generateWorkloadKey(), generateWorkloadKey()]
const signer = localSigner(root.privateKey)
const [notBefore, notAfter] = [new Date(Date.now() - 60_000), new Date(Date.now() + 3_600_000)]
const certificate = await writeAuthority({ trustDomain, publicKey: root.publicKey, serial: randomSerial(), notBefore, notAfter, subject: [{ type: 'CN', value: 'root of a test' }], signer })
const leaf = await prepareLeafWriter({ signer, certificate, intermediates: [] })({ id, publicKey: workload.publicKey, serial: randomSerial(), notBefore, notAfter })
const bundle = { trustDomain, x509Authorities: [certificate], jwtAuthorities: [{ keyId: 'k', publicKey: jwkParametersOf(root.publicKey) }], sequence: 18446744073709551617n }
const read = parseBundle(trustDomain, formatBundle(bundle))
const token = await signJwtSvid({ id, audience: ['a'], issuedAt: notBefore, expiresAt: notAfter, keyId: 'k', signer })
const bundleOf = () => read.bundle
const client = new WorkloadApiClient({ address: 'unix:///nowhere/agent.sock' })
const failure = await client.fetchJwtSvids(['a']).catch((error) => error.code)
client.close()
console.log(JSON.stringify([
  validateX509Svid([leaf], bundleOf, new Date()).id,
  validateJwtSvid(token, { bundleOf, audience: 'a', now: new Date() }).id,
  String(read.bundle.sequence),
  readCsr(writeCsr({ id, key: workload })).uris,
  failure,
  typeof openX509Source,
  Object.keys(testing).length > 0,
]))
`

const CONSUMER = `
import { parseSpiffeId, type Bundle, type SpiffeId } from '@mintmark/spiffe'
import { openX509Source, type X509Source } from '@mintmark/spiffe/workload-api'
const read = parseSpiffeId('spiffe://example.org/a')
export const id: SpiffeId | undefined = read.ok ? read.id : undefined
export const sequenceOf = ({ sequence }: Bundle): bigint | undefined => sequence
export const open = (): Promise<X509Source> => openX509Source()
// @ts-expect-error -- a text is no identity before it was parsed
export const wrong: SpiffeId = 'spiffe://example.org/a'
`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mintmark-packed-'))
  const built = await buildSpiffePackage(join(folder, 'built'))
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--offline', '--pack-destination', folder], { cwd: built })
  const parsed: unknown = JSON.parse(stdout)
  const [packed]: unknown[] = Array.isArray(parsed) ? parsed : Object.values(parsed as object)
  const { filename } = packed as { readonly filename: string }
  const installed = join(folder, 'node_modules', '@mintmark', 'spiffe')
  await mkdir(installed, { recursive: true })
  await run('tar', ['-xzf', join(folder, filename.replace('@', '').replace('/', '-')), '--strip-components=1', '-C', installed])
  // Nothing of ours beside it: what it needs beyond its dependencies it must bring.
  for (const name of ['@bufbuild', '@grpc', '@types', 'undici-types']) await symlink(join(MODULES, name), join(folder, 'node_modules', name))
  await writeFile(join(folder, 'program.mjs'), PROGRAM)
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Every Node of this machine that is new enough, the one that runs this among them. */
async function nodes(): Promise<readonly string[]> {
  const found = new Map<string, string>()
  for (const executable of [process.execPath, ...(process.env['PATH'] ?? '').split(delimiter).map((path) => join(path, 'node'))]) {
    const version = await run(executable, ['--version']).then(
      ({ stdout }) => stdout.trim(),
      () => undefined,
    )
    const [major = 0, minor = 0] = (version ?? '').replace('v', '').split('.').map(Number)
    if (version !== undefined && (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]))) found.set(version, executable)
  }
  return [...found.values()]
}

test('the package works by itself under every Node that it promises', async () => {
  for (const executable of await nodes()) {
    const { stdout } = await run(executable, ['program.mjs'], { cwd: folder })
    const id = 'spiffe://example.org/ns/shop/sa/web'
    expect(JSON.parse(stdout), executable).toEqual([id, id, '18446744073709551617', [id], 'UNAVAILABLE', 'function', true])
  }
})

test('its declarations tell a program in TypeScript everything', async () => {
  await writeFile(join(folder, 'consumer.ts'), CONSUMER)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  const options = ['--module', 'nodenext', '--target', 'es2022', '--strict', '--noEmit', '--types', 'node', '--ignoreConfig']
  await run(join(MODULES, '.bin', 'tsc'), [...options, 'consumer.ts'], { cwd: folder })
})

test('it holds what runs, and neither sources nor tests nor names of the repository', async () => {
  const installed = join(folder, 'node_modules', '@mintmark', 'spiffe')
  const files = await readdir(installed, { recursive: true })
  expect(files.filter((file) => /(?<!\.d)\.ts$|\.test\.|openssl/.test(file))).toEqual([])
  expect(files).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts', 'dist/contract/workload_pb.js']))
  for (const file of files.filter((name) => /\.(?:js|d\.ts)$/.test(name))) {
    const text = await readFile(join(installed, file), 'utf8')
    expect(text, file).not.toMatch(/from ["']@mintmark\/|\.ts["']/)
  }
})

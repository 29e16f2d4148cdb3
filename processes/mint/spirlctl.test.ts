import { execFile } from 'node:child_process'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { readAgentDocument } from '../agent/document.ts'
import { agentSettings } from '../agent/settings.ts'
import { makeHome, startProcess, type RunningProcess } from '../process-testing.ts'

// One real control plane for all; each command is a process of its own.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const run = promisify(execFile)
const SPIRLCTL = join(import.meta.dirname, '..', '..', 'cli', 'bin', 'spirlctl.js')

let home: string
let plane: RunningProcess

interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function spirlctl(...args: readonly string[]): Promise<Finished> {
  const options = { env: { PATH: process.env['PATH'] ?? '', HOME: home }, cwd: home }
  return await run(process.execPath, [SPIRLCTL, ...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => {
      if (!isFinished(error)) throw error
      return { code: error.code, stdout: error.stdout, stderr: error.stderr }
    },
  )
}

function isFinished(error: unknown): error is Finished {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'stderr' in error
}

/** Runs a command that has to succeed, with its answer as JSON. */
async function json<Answer>(...args: readonly string[]): Promise<Answer> {
  const { code, stdout, stderr } = await spirlctl(...args, '-o', 'json')
  expect(stderr, args.join(' ')).toBe('')
  expect(code).toBe(0)
  return JSON.parse(stdout)
}

beforeAll(async () => {
  home = await makeHome()
  plane = await startProcess(home, ['--no-scan'], /Ctrl-C\n/)
  expect((await spirlctl('login', plane.link ?? '')).code).toBe(0)
})
afterAll(async () => {
  await plane?.end('SIGTERM')
  await rm(home, { recursive: true, force: true })
})

test('keysets rotate: prepare, activate, taint, remove', async () => {
  const keyset = ['trust-domain', 'deployment', 'keyset'] as const
  const states = async () =>
    (await json<{ items: { id: string; state: string }[] }>(...keyset, 'list', '--trust-domain', 'mintmark.local', '--deployment-name', 'main')).items
  const [first] = await states()
  const prepared = await json<{ id: string }>(...keyset, 'prepare')
  expect(await json(...keyset, 'activate')).toMatchObject({ id: prepared.id, state: 'ACTIVE' })
  const refused = await spirlctl(...keyset, 'taint', first?.id ?? '')
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
  expect(await json(...keyset, 'taint', first?.id ?? '', '--yes')).toMatchObject({ state: 'TAINTED' })
  await json(...keyset, 'remove', first?.id ?? '', '--yes')
  expect(await states()).toMatchObject([{ id: prepared.id, state: 'ACTIVE' }])
  expect((await spirlctl('trust-domain', 'info')).stdout).toContain(prepared.id)
})

describe('clusters', () => {
  test('are registered with a key of mode 0600, disabled and deleted', async () => {
    await json('trust-domain', 'realm', 'create', 'edge')
    const keyOut = join(home, 'shop.pem')
    expect(await json('cluster', 'register', 'shop', '--realm', 'edge', '--key-out', keyOut)).toMatchObject({ key: { path: keyOut } })
    expect((await stat(keyOut)).mode & 0o777).toBe(0o600)
    expect(await readFile(keyOut, 'utf8')).toContain('BEGIN PRIVATE KEY')
    expect(await spirlctl('cluster', 'register', 'other', '--key-out', keyOut)).toMatchObject({ code: 1, stderr: expect.stringContaining('is there already') })
    const made = await json<{ version: { id: string } }>('cluster', 'version', 'create', 'shop', '--key-out', join(home, 'shop-2.pem'))
    await json('cluster', 'version', 'deactivate', 'shop', made.version.id)
    await json('cluster', 'version', 'delete', 'shop', made.version.id, '--yes')
    expect((await json<{ items: unknown[] }>('cluster', 'version', 'list', 'shop')).items).toHaveLength(1)
    expect(await spirlctl('cluster', 'delete', 'shop', '--yes')).toMatchObject({ code: 1, stderr: expect.stringContaining('spirlctl cluster disable shop') })
    expect(await json('cluster', 'disable', 'shop', '--yes')).toMatchObject({ isEnabled: false })
    expect(await json('cluster', 'enable', 'shop')).toMatchObject({ isEnabled: true })
    await json('cluster', 'disable', 'shop', '--yes')
    await json('cluster', 'delete', 'shop', '--yes')
    expect((await spirlctl('cluster', 'list')).stdout).toContain('No cluster yet')
    expect(await spirlctl('cluster', 'info', 'shop')).toMatchObject({ code: 1 })
  })

  test('add prints values that the agent itself reads', async () => {
    const { stdout, stderr } = await spirlctl('cluster', 'add', 'values', '--platform', 'k8s')
    expect(stderr).toContain('helm upgrade --install')
    const { parse } = await import('yaml')
    expect(parse(stdout)).toMatchObject({
      platform: 'k8s',
      agent: {
        endpoint: { endpoint: expect.stringContaining('127.0.0.1:'), supplementalRootsPEM: expect.stringContaining('BEGIN CERTIFICATE') },
        auth: { clusterId: expect.stringMatching(/^c-/), key: { id: expect.stringMatching(/^cv-/), pem: expect.stringContaining('BEGIN PRIVATE KEY') } },
      },
    })
    const file = join(home, 'values.yaml')
    await writeFile(file, stdout)
    const document = await readAgentDocument(['--config', file], {})
    if (document === undefined) throw new Error('Nothing was read')
    expect(agentSettings(document).agent.upstream).toMatchObject({ tls: true, evidence: [{ type: 'cvk', versionId: expect.stringMatching(/^cv-/) }] })
    const withSecret = await spirlctl('cluster', 'add', 'apart', '--key-out', join(home, 'apart.pem'))
    expect(withSecret.stdout).not.toContain('PRIVATE KEY')
    expect(parse(withSecret.stdout)).toMatchObject({ agent: { auth: { suppliedSecretName: 'spirl-agent-key' } } })
  })
})

test('configuration is validated, compared, set and remembered', async () => {
  await json('cluster', 'register', 'policy', '--key-out', join(home, 'policy.pem'))
  const file = join(home, 'policy.yaml')
  await writeFile(file, 'section: SVIDIssuancePolicy\nschema: v1\nspec:\n  policy:\n    x509:\n      ttl: 10m\n')
  expect((await spirlctl('config', 'validate', 'cluster', 'policy', '-f', file)).stdout).toContain('Nothing was stored')
  expect((await spirlctl('config', 'diff', 'cluster', 'policy', '-f', file)).stdout).toContain('+ SVIDIssuancePolicy')
  expect(await json('config', 'set', 'cluster', 'policy', '-f', file, '--expected-version', '0')).toMatchObject({ stored: true })
  expect(await spirlctl('config', 'set', 'cluster', 'policy', '-f', file, '--expected-version', '0')).toMatchObject({ code: 1 })
  expect(await json('config', 'get', 'cluster', 'policy')).toMatchObject({ version: 1, actor: 'administrator' })
  expect((await json<{ items: unknown[] }>('config', 'history', 'cluster', 'policy')).items).toHaveLength(1)
  expect((await json<{ changes: unknown[] }>('config', 'diff', 'cluster', 'policy', '--from', '0', '--to', '1')).changes).toHaveLength(1)
  await writeFile(file, 'section: SVIDIssuancePolicy\nschema: v1\nspec:\n  policy:\n    x509:\n      ttl: soon\n')
  expect(await spirlctl('config', 'validate', 'cluster', 'policy', '-f', file)).toMatchObject({ code: 1, stderr: expect.stringContaining('/policy/x509/ttl') })
  expect(await spirlctl('config', 'get', 'cluster')).toMatchObject({ code: 2 })
})

test('a foreign trust domain is trusted by a bundle that is supplied by hand', async () => {
  const bundle = join(home, 'partner.json')
  await writeFile(bundle, (await spirlctl('bundle', 'get')).stdout)
  expect((await spirlctl('bundle', 'get', '--format', 'pem')).stdout).toContain('BEGIN CERTIFICATE')
  expect(await spirlctl('federation', 'create', 'partner.example')).toMatchObject({ code: 2 })
  expect(await json('federation', 'create', 'partner.example', '--bundle', bundle)).toMatchObject({ hasBundle: true })
  expect(await json('federation', 'set-bundle', 'partner.example', '-f', bundle)).toMatchObject({ hasBundle: true })
  expect((await spirlctl('federation', 'list')).stdout).toMatch(/partner\.example .* by hand/)
  expect(await spirlctl('federation', 'refresh', 'partner.example')).toMatchObject({ code: 1 })
  await json('federation', 'delete', 'partner.example', '--yes')
  expect((await json<{ items: unknown[] }>('federation', 'list')).items).toEqual([])
})

test('SVIDs are minted by hand, looked at and verified', async () => {
  const folder = join(home, 'anna')
  expect(await json('svid', 'mint', 'x509', '/ops/anna', '--ttl', '10m', '--out-dir', folder)).toMatchObject({ spiffeId: 'spiffe://mintmark.local/ops/anna' })
  for (const file of ['svid.pem', 'key.pem', 'bundle.pem']) expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600)
  expect(await json('svid', 'inspect', join(folder, 'svid.pem'))).toMatchObject({ kind: 'x509', verified: false, certificates: [{ isAuthority: false }] })
  expect(await json('svid', 'validate', join(folder, 'svid.pem'))).toEqual({ valid: true, spiffeId: 'spiffe://mintmark.local/ops/anna' })
  const { token } = await json<{ token: string }>('svid', 'mint', 'jwt', '/ops/anna', '--audience', 'billing')
  const file = join(home, 'token')
  await writeFile(file, token)
  expect(await json('svid', 'validate', file, '--audience', 'billing')).toMatchObject({ valid: true })
  expect(await spirlctl('svid', 'validate', file, '--audience', 'stock')).toMatchObject({ code: 1, stdout: expect.stringContaining('another audience') })
  expect(await spirlctl('svid', 'validate', file)).toMatchObject({ code: 2 })
  await writeFile(file, 'kanarek-no-svid')
  const refused = await spirlctl('svid', 'inspect', file)
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('no SVID') })
  expect(refused.stderr).not.toContain('kanarek')
  expect(await spirlctl('svid', 'fetch', 'x509', '--socket', join(home, 'nobody.sock'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Nothing answers'),
  })
  expect(await spirlctl('svid', 'fetch', 'x509')).toMatchObject({ code: 2 })
})

test('what happened can be asked for: by kind, by outcome, by identity', async () => {
  await json('svid', 'mint', 'jwt', '/ops/boris', '--audience', 'billing')
  const id = 'spiffe://mintmark.local/ops/boris'
  // Events are written behind what they tell of.
  const issued = async () => (await json<{ items: readonly unknown[] }>('event', 'list', '--spiffe-id', id)).items
  await vi.waitFor(async () => expect(await issued()).toMatchObject([{ type: 'workload_credential_issued', outcome: 'success', spiffeId: id }]), 20_000)
  expect((await spirlctl('event', 'list', '--type', 'keyset_changed')).stdout).toMatch(/keyset_changed +success/)
  expect((await spirlctl('event', 'list', '--spiffe-id', id, '--outcome', 'failure')).stdout).toContain('Nothing of that kind')
  expect(await spirlctl('event', 'list', '--type', 'weather')).toMatchObject({ code: 2, stderr: expect.stringContaining('federation_link_polled') })
  expect(await spirlctl('event', 'list', '--from', 'yesterday')).toMatchObject({ code: 2, stderr: expect.stringContaining('--from 2026') })
})

import { spawn } from 'node:child_process'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'

const PROGRAM = join(import.meta.dirname, 'bin', 'spirl-agent.js')
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mintmark-agent-process-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: { PATH: process.env['PATH'], ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
  let errors = ''
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()))
  return { child, exit, errors: () => errors, lines: createInterface({ input: child.stdout }) }
}

test('without a server it opens its socket, keeps trying, and stops in order', async () => {
  await writeFile(join(folder, 'token'), 'a token of the test')
  const path = join(folder, 'agent.sock')
  const { child, exit, lines } = run([], {
    SPIRL_PLATFORM: 'linux',
    SPIRL_ENDPOINT: '127.0.0.1:1',
    SPIRL_ENDPOINT_ENABLE_TLS: 'false',
    SPIRL_AGENT_CONFIG: await settingsFile({ agent: { auth: { clusterId: 'c-1', attestors: [{ type: 'k8s_token', tokenPath: join(folder, 'token') }] } } }),
    SPIRL_SOCKET_PATH: path,
  })
  const seen: unknown[] = []
  for await (const line of lines) {
    const { msg }: { msg?: unknown } = JSON.parse(line)
    seen.push(msg)
    if (msg === 'The agent is not attested') child.kill('SIGTERM')
    if (msg === 'The agent is listening') expect((await stat(path)).isSocket()).toBe(true)
  }
  expect(await exit).toBe(0)
  expect(seen).toContain('TLS to the trust domain server is switched off; sessions and identities travel in clear')
  expect(seen.at(-1)).toBe('The agent has stopped')
  await expect(stat(path)).rejects.toThrow('ENOENT')
})

test('wrong settings are told with what to do, by exit code 2', async () => {
  const { exit, errors } = run([])
  expect(await exit).toBe(2)
  expect(errors()).toContain('Set agent.endpoint.endpoint, or SPIRL_ENDPOINT.')
})

test('--help prints the variables', async () => {
  const { exit, lines } = run(['--help'])
  const text: string[] = []
  for await (const line of lines) text.push(line)
  expect(await exit).toBe(0)
  expect(text.join('\n')).toContain('SPIRL_ENDPOINT_ENABLE_TLS')
})

async function settingsFile(values: unknown): Promise<string> {
  const file = join(folder, 'agent.json')
  await writeFile(file, JSON.stringify(values))
  return file
}

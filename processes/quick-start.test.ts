import { spawn, execFile } from 'node:child_process'
import { mkdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { peerIsMissing, requireExecutable } from '@mintmark/tools/peers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { makeHome, startProcess, type RunningProcess } from './process-testing.ts'

// Real processes on a durable database of their own take as long as the disk takes.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const run = promisify(execFile)
const SPIRLCTL = join(import.meta.dirname, '..', 'cli', 'bin', 'spirlctl.js')
const AGENT = join(import.meta.dirname, 'bin', 'spirl-agent.js')
const READY = /Ctrl-C\n/
const AGENT_READY = 'Health check passed - all systems operational'

let home: string
let plane: RunningProcess
const ends: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  home = await makeHome()
  ends.push(() => rm(home, { recursive: true, force: true }))
  plane = await startProcess(home, ['--no-scan'], READY)
  ends.push(() => plane.end('SIGTERM'))
})
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** A command as a person types it, in this home. @returns what it printed */
async function spirlctl(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [SPIRLCTL, ...args], { env: { PATH: process.env['PATH'] ?? '', HOME: home }, cwd: home })
  return stdout
}

/** Starts the agent and waits for the line that says that it is ready. */
async function startAgent(config: string): Promise<void> {
  const child = spawn(process.execPath, [AGENT, '--config', config], {
    env: { PATH: process.env['PATH'] ?? '', HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  ends.push(async () => {
    child.kill('SIGTERM')
    await closed
  })
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString()
        if (output.includes(AGENT_READY)) resolve()
      })
    }
    child.once('close', (code) => reject(new Error(`The agent ended with ${code}:\n${output}`)))
  })
}

test('from the README: start, sign in, register this machine, run its agent, and a process has an identity', async () => {
  await spirlctl('login', plane.link ?? '')
  // A name that neither shells nor YAML take as it is.
  const folder = join(home, "my 'first' laptop: 1")
  const registered = await spirlctl('cluster', 'register', 'laptop', '--platform', 'linux', '--out-dir', folder)
  expect(registered).toContain(`npx spirl-agent --config '${join(folder, 'agent.yaml').replaceAll("'", String.raw`'\''`)}'`)
  for (const file of ['agent.yaml', 'key.pem', 'roots.pem']) expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600)

  await startAgent(join(folder, 'agent.yaml'))
  const socket = join(folder, 'agent.sock')
  const fetched: { svids: { spiffeId: string }[] } = JSON.parse(await spirlctl('svid', 'fetch', 'x509', '--socket', socket, '-o', 'json'))
  const id = fetched.svids[0]?.spiffeId ?? ''
  expect(id).toMatch(/^spiffe:\/\/mintmark\.local\/laptop\/[a-z0-9_.-]+$/)

  const token = await spirlctl('svid', 'fetch', 'jwt', '--audience', 'billing', '--socket', socket)
  const identity = join(home, 'id')
  await mkdir(identity)
  await spirlctl('svid', 'fetch', 'x509', '--socket', socket, '--out-dir', identity)
  expect(await spirlctl('svid', 'validate', join(identity, 'svid.pem'))).toBe(`Valid: ${id}\n`)
  expect(await spirlctl('svid', 'validate', join(identity, 'svid.pem'), '--bundle', join(identity, 'bundle.pem'))).toBe(`Valid: ${id}\n`)
  // A key is never written over.
  await expect(spirlctl('svid', 'fetch', 'x509', '--socket', socket, '--out-dir', identity)).rejects.toThrow(/is there already/)

  const workloads: { items: { spiffeId: string; isActive: boolean }[] } = JSON.parse(await spirlctl('workload', 'list', '-o', 'json'))
  expect(workloads.items).toMatchObject([{ spiffeId: id, isActive: true }])
  expect(await spirlctl('cluster', 'agents', 'laptop')).toMatch(/ACTIVE .* cvk /)
  for (const text of [plane.output(), await readFile(join(folder, 'agent.yaml'), 'utf8')]) {
    expect(text).not.toContain(token.trim())
    expect(text).not.toContain('PRIVATE KEY')
  }
  await goSpiffeAgrees(socket, id)
})

/** A client that nobody here wrote gets and verifies the same identity. Without the peer this part is left out loudly. */
async function goSpiffeAgrees(socket: string, id: string): Promise<void> {
  if (peerIsMissing('spiffe')) return
  const gospiffe = async (...args: readonly string[]) => {
    const env = { ...process.env, SPIFFE_ENDPOINT_SOCKET: `unix://${socket}` }
    return JSON.parse((await run(requireExecutable('spiffe', 'gospiffe'), args, { env })).stdout)
  }
  expect(await gospiffe('x509')).toMatchObject({ svids: [{ id }], roots: { 'mintmark.local': 1 } })
  expect(await gospiffe('jwt', '--audience', 'billing')).toMatchObject({ svids: [{ id, audience: ['billing'] }] })
}

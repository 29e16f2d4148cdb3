import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildAgent } from './agent.ts'

const run = promisify(execFile)
let folder: string
let program: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mintmark-agent-build-'))
  program = await buildAgent(join(folder, 'dist'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('the built agent stands alone: nothing beside its folder and Node is needed', async () => {
  const { stdout } = await run(process.execPath, [program, '--help'], { cwd: folder, env: {} })
  expect(stdout).toContain('SPIRL_ENDPOINT_ENABLE_TLS')
  const texts = await Promise.all(
    (await readdir(join(folder, 'dist'))).filter((name) => name.endsWith('.js')).map((name) => readFile(join(folder, 'dist', name), 'utf8')),
  )
  const imported = texts.flatMap((text) => [...text.matchAll(/\b(?:from|import)\s*\(?\s*["']([^"'./][^"']*)["']/g)].map(([, name]) => name ?? ''))
  expect(imported.filter((name) => !name.startsWith('node:'))).toEqual([])
  // Each would cost every node some megabytes.
  expect(imported).not.toContain('node:http')
  expect(texts.join('')).not.toMatch(/grpc-js|zod/i)
  expect(texts.join('')).toMatch(/^[\0-\x7f]*$/)
})

test('the built agent reads its settings, opens its socket and stops in order', async () => {
  const file = join(folder, 'agent.yaml')
  await writeFile(file, 'agent:\n  auth:\n    clusterId: c-1\n    attestors: [{ type: custom_jwt, tokenPath: /dev/null }]\n')
  const child = spawn(process.execPath, [program, '--config', file], {
    env: { SPIRL_PLATFORM: 'linux', SPIRL_ENDPOINT: '127.0.0.1:1', SPIRL_SOCKET_PATH: join(folder, 'agent.sock') },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (line.includes('The agent is listening')) child.kill('SIGTERM')
  }
  expect(await ended).toEqual([0, null])
  expect(lines.at(-1)).toContain('The agent has stopped')
})

test('the licences of what is inside are beside it', async () => {
  const text = await readFile(join(folder, 'dist', 'third-party-licenses.txt'), 'utf8')
  expect(text).toMatch(/^@bufbuild\/protobuf \S+, \(?Apache-2\.0/m)
  expect(text).toMatch(/^yaml \S+, ISC\n\nCopyright/m)
})

import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../peers/process.ts'

/**
 * The README's main command as a newcomer runs it: an empty home, no terminal, no kubeconfig.
 * It must end with an inventory on the screen, answer its health checks, let its link in once, and stop when asked.
 */
const READY_TIMEOUT_MS = 120_000
const ROOT = join(import.meta.dirname, '..', '..')

const home = await mkdtemp(join(tmpdir(), 'mintmark-smoke-'))
const port = await freePort()
const origin = `http://127.0.0.1:${port}`
const environment: Record<string, string> = {
  PATH: process.env['PATH'] ?? '',
  HOME: home,
  CI: 'true',
  NO_COLOR: '1',
  MINTMARK_LISTEN: `127.0.0.1:${port}`,
}
const child = spawn('npm', ['start', '--silent'], { cwd: ROOT, env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
let output = ''
const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
try {
  await untilPrinted(/spirlctl ledger secret list/)
  check(/Critical/.test(output), 'the first run shows no Critical secret of the sample cluster')
  for (const path of ['/healthz', '/readyz', '/metrics']) check((await fetch(origin + path)).status === 200, `${path} does not answer 200`)
  const link = /http:\/\/\S+\/login#(\S+)/.exec(output)?.[1]
  check(link !== undefined, 'no one-time link was printed')
  const login = (): Promise<Response> =>
    fetch(`${origin}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code: link }) })
  check((await login()).ok, 'the one-time link does not let its owner in')
  check((await login()).status === 401, 'the one-time link worked twice')
  check((await fetch(`${origin}/api/v1/secrets`)).status === 401, 'secrets are readable without a token')
  console.log('smoke: the main command works')
} catch (error) {
  console.error(`smoke: ${error instanceof Error ? error.message : String(error)}\n--- output of npm start\n${output}`)
  process.exitCode = 1
} finally {
  // npm passes signals on to its child; the group is ended so that nothing stays when it does not.
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
  await ended
  await rm(home, { recursive: true, force: true })
}

function check(holds: boolean, problem: string): asserts holds {
  if (!holds) throw new Error(problem)
}

async function untilPrinted(pattern: RegExp): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing like ${String(pattern)} was printed within ${READY_TIMEOUT_MS} ms`)), READY_TIMEOUT_MS)
    const read = (chunk: Buffer): void => {
      output += chunk.toString('utf8')
      if (!pattern.test(output)) return
      clearTimeout(timer)
      resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('close', () => {
      clearTimeout(timer)
      reject(new Error('npm start ended by itself'))
    })
  })
}

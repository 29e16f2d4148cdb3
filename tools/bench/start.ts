import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../peers/index.ts'
import { table } from './detection/report.ts'
import { machineLine } from './machine.ts'
import { writePage } from './page.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const READY_TIMEOUT_MS = 120_000
const POLL_MS = 20
const ROUNDS = 5

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode === null && child.signalCode === null ? new Promise((resolve) => child.once('exit', () => resolve())) : Promise.resolve()

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok
  } catch {
    return false
  }
}

/** Starts the control plane on a data folder, waits until it is ready, ends it. Seconds until ready. */
async function startOnce(data: string): Promise<number> {
  const port = await freePort()
  const started = performance.now()
  const child = spawn(process.execPath, ['processes/control-plane.ts'], {
    cwd: ROOT,
    stdio: 'ignore',
    env: { ...process.env, MINTMARK_DATA: data, MINTMARK_LISTEN: `127.0.0.1:${port}` },
  })
  try {
    while (!(await isReady(port))) {
      if (performance.now() - started > READY_TIMEOUT_MS || child.exitCode !== null)
        throw new Error('The control plane did not become ready; run "npm start" to see why')
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    return (performance.now() - started) / 1000
  } finally {
    child.kill('SIGTERM')
    await ended(child)
  }
}

async function helpOnce(): Promise<number> {
  const started = performance.now()
  await ended(spawn(process.execPath, ['cli/bin/spirlctl.js', '--help'], { cwd: ROOT, stdio: 'ignore' }))
  return (performance.now() - started) / 1000
}

async function best(measure: () => Promise<number>): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) least = Math.min(least, await measure())
  return least
}

/** The bench named `start`. */
export async function runStartBench(): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'mintmark-start-'))
  try {
    const first = await startOnce(data)
    const again = await best(() => startOnce(data))
    const help = await best(helpOnce)
    const bare = await best(async () => {
      const started = performance.now()
      await ended(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }))
      return (performance.now() - started) / 1000
    })
    const rows = [
      ['`npm start`, new data folder: until /readyz answers', first.toFixed(2), ''],
      ['`npm start`, existing database', again.toFixed(2), '3'],
      ['`spirlctl --help`', help.toFixed(3), '0.15'],
      ['bare `node -e 0`, for comparison', bare.toFixed(3), ''],
    ]
    await writePage(
      'start',
      `# Start\n\nWritten by \`npm run bench start\` on ${machineLine()}; the best of ${ROUNDS} rounds, by the clock.\n\n${table(['', 's', 'bar s'], rows)}\n`,
    )
  } finally {
    await rm(data, { recursive: true, force: true })
  }
}

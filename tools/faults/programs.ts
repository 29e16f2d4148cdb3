import { spawn } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SPIRLCTL = fileURLToPath(new URL('../../cli/bin/spirlctl.js', import.meta.url))
const CONTROL_PLANE = fileURLToPath(new URL('../../processes/control-plane.ts', import.meta.url))

/** What a process printed and how it ended; the code is undefined when a signal ended it. */
export interface Finished {
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** A program that runs, with what it printed so far. */
export interface Running {
  readonly stdout: () => string
  readonly stderr: () => string
  readonly kill: (signal: NodeJS.Signals) => void
  readonly finished: Promise<Finished>
  /** Waits until all that it printed matches. Rejects when it ends before. */
  readonly until: (pattern: RegExp) => Promise<RegExpExecArray>
}

function start(file: string, args: readonly string[], env: Readonly<Record<string, string>>): Running {
  const child = spawn(process.execPath, [file, ...args], { env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (part: string) => (text[name] += part))
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? undefined, ...text }))
  })
  const until = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(text.stdout + text.stderr)
        if (match !== null) resolve(match)
      }
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      child.once('close', () => {
        look()
        reject(new Error(`The program ended before it printed ${pattern}:\n${text.stdout}${text.stderr}`))
      })
      look()
    })
  return { stdout: () => text.stdout, stderr: () => text.stderr, kill: (signal) => void child.kill(signal), finished, until }
}

/** Starts the real binary in a home of its own. */
export function startSpirlctl(home: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  return start(SPIRLCTL, args, { HOME: home, ...env })
}

/** Runs the real binary until it ends. */
export function runSpirlctl(home: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  return startSpirlctl(home, args, env).finished
}

/** Starts a control plane whose data lie in the home. @returns it, once it is ready */
export async function startControlPlane(home: string): Promise<Running> {
  const settings = { HOME: home, MINTMARK_DATA: join(home, 'data'), MINTMARK_LISTEN: '127.0.0.1:0', MINTMARK_FIRST_SCAN: 'none' }
  const running = start(CONTROL_PLANE, [], settings)
  await running.until(/stop\s+Ctrl-C/)
  return running
}

/** A folder through which PostgreSQL's own user can walk when tests run as root. */
export async function makeHome(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'mintmark-faults-'))
  await chmod(path, 0o755)
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

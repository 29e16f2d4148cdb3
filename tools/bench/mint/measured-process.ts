import { spawn, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { processorSeconds } from '../memory.ts'

const KIBIBYTES_PER_MEBIBYTE = 1024
/** Patience with a process that starts, in milliseconds: the machine may be busy. */
const START_MS_MAX = 60_000

/** A process of its own, so that its processor time and memory are nobody else's. */
export interface MeasuredProcess {
  readonly pid: number
  cpuSeconds(): Promise<number>
  residentMebibytes(): Promise<number>
  /** Settles with the first line of its output, past or future, that matches. @throws Error with what it printed when it ends before */
  line(pattern: RegExp): Promise<RegExpExecArray>
  /** All that it has printed. */
  lines(): readonly string[]
  /** Ends it and waits until it is gone. */
  end(signal?: NodeJS.Signals): Promise<void>
}

interface Waiting {
  readonly pattern: RegExp
  readonly settle: (match: RegExpExecArray) => void
  readonly fail: (error: Error) => void
}

/** Starts a program of ours under the Node that runs this. Its lines are read from both outputs. */
export function startMeasured(entry: string, environment: Readonly<Record<string, string>>, args: readonly string[] = []): MeasuredProcess {
  const child = spawn(process.execPath, [entry, ...args], { env: { PATH: process.env['PATH'], ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  const { pid } = child
  if (pid === undefined) throw new Error(`${entry} could not be started`)
  const lines: string[] = []
  let waiting: Waiting[] = []
  const heard = (text: string): void => {
    lines.push(text)
    waiting = waiting.filter(({ pattern, settle }) => {
      const match = pattern.exec(text)
      if (match !== null) settle(match)
      return match === null
    })
  }
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', heard)
  const ended = gone(child)
  void ended.then(() => {
    for (const { fail } of waiting) fail(new Error(`${entry} has ended:\n${lines.slice(-20).join('\n')}`))
  })
  return {
    pid,
    cpuSeconds: () => processorSeconds(pid),
    residentMebibytes: () => residentMebibytes(pid),
    line(pattern) {
      for (const text of lines) {
        const match = pattern.exec(text)
        if (match !== null) return Promise.resolve(match)
      }
      return new Promise((settle, reject) => {
        const late = setTimeout(() => reject(new Error(`${entry} did not print ${pattern} in time:\n${lines.slice(-20).join('\n')}`)), START_MS_MAX)
        const once = (match: RegExpExecArray): void => {
          clearTimeout(late)
          settle(match)
        }
        waiting.push({ pattern, settle: once, fail: reject })
      })
    },
    lines: () => lines,
    async end(signal = 'SIGTERM') {
      child.kill(signal)
      await ended
    },
  }
}

function gone(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('close', () => resolve()))
}

async function residentMebibytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / KIBIBYTES_PER_MEBIBYTE
}

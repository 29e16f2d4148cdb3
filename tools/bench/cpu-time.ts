import { spawn } from 'node:child_process'

const MICROSECONDS_PER_SECOND = 1_000_000

/** Processor seconds of this process since it started, all threads. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / MICROSECONDS_PER_SECOND
}

/** What some work cost: by the clock and in processor time. */
export interface Cost {
  readonly wallSeconds: number
  readonly cpuSeconds: number
}

/** Runs work `rounds` times and keeps the cheapest, because a shared machine only ever adds. */
export async function cheapest(rounds: number, work: () => void | Promise<void>): Promise<Cost> {
  let best: Cost | undefined
  for (let round = 0; round < rounds; round++) {
    const [cpu, wall] = [ownCpuSeconds(), performance.now()]
    await work()
    const cost = { cpuSeconds: ownCpuSeconds() - cpu, wallSeconds: (performance.now() - wall) / 1000 }
    if (best === undefined || cost.cpuSeconds < best.cpuSeconds) best = cost
  }
  if (best === undefined) throw new RangeError('rounds must be at least 1')
  return best
}

const clock = (text: string): number => {
  const [minutes = '0', seconds = '0'] = text.replace('s', '').split('m')
  return Number(minutes) * 60 + Number(seconds)
}

/** Runs a command to its end and reads its processor time from the shell's `times`, which counts children only after they ended. */
export async function childCost(command: string, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<Cost> {
  const started = performance.now()
  const child = spawn('sh', ['-c', '"$0" "$@" >/dev/null 2>&1; times', command, ...args], { env: environment, stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
  })
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject).on('close', () => resolve())
  })
  const [user = '', system = ''] = output.trim().split('\n').at(-1)?.split(' ') ?? []
  return { wallSeconds: (performance.now() - started) / 1000, cpuSeconds: clock(user) + clock(system) }
}

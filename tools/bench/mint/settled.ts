import { setTimeout as pause } from 'node:timers/promises'
import type { MeasuredProcess } from './measured-process.ts'

const LOOK_MS = 300
/** A process that uses less than this between two looks does nothing but wait. */
const IDLE_SECONDS = 0.02
const LOOKS_MAX = 100

/** Waits until a process has nothing left to do, such as events to write, and gives the processor time until then. */
export async function settledCpuSeconds(measured: MeasuredProcess): Promise<number> {
  let before = await measured.cpuSeconds()
  for (let look = 0; look < LOOKS_MAX; look++) {
    await pause(LOOK_MS)
    const now = await measured.cpuSeconds()
    if (now - before <= IDLE_SECONDS) return now
    before = now
  }
  return before
}

/** Things done in a second of processor time of a process; the best of several rounds, because a shared machine only ever adds. */
export async function bestRate(measured: MeasuredProcess, rounds: number, work: () => Promise<number>): Promise<number> {
  let best = 0
  for (let round = 0; round < rounds; round++) {
    const before = await settledCpuSeconds(measured)
    const done = await work()
    best = Math.max(best, done / ((await settledCpuSeconds(measured)) - before))
  }
  return best
}

/** Does something `times` times, `together` at once, and stops at the first failure. */
export async function repeat(times: number, together: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < times) await work(next++)
  }
  await Promise.all(Array.from({ length: together }, worker))
}

import { setTimeout as pause } from 'node:timers/promises'
import { median, percentile } from './percentile.ts'
import { openRawStreamAs, type RawStream } from './raw-caller.ts'

/** How long callers took, by the clock, in milliseconds. */
export interface Latencies {
  readonly p50: number
  readonly p99: number
}

const of = (values: readonly number[]): Latencies => ({ p50: median(values), p99: percentile(values, 0.99) })

/** One caller after another, each on a connection of its own that it leaves at once. */
export async function oneByOne(socketPath: string, times: number, userOf: (index: number) => number): Promise<Latencies> {
  const taken: number[] = []
  for (let index = 0; index < times; index++) {
    const stream = await openRawStreamAs(userOf(index), socketPath)
    taken.push(stream.firstMs)
    await stream.close()
    // What the agent does after an answer belongs to no caller.
    await pause(2)
  }
  return of(taken)
}

/** What became of many callers at once. */
export interface Herd extends Latencies {
  readonly answered: number
  /** The next one by itself, after all of them were answered and have left. */
  readonly aloneMs: number
}

/** So many callers at the same moment; all stay until the last one is answered. */
export async function allAtOnce(socketPath: string, callers: number, userOf: (index: number) => number): Promise<Herd> {
  const opened = await Promise.allSettled(Array.from({ length: callers }, (_, index) => openRawStreamAs(userOf(index), socketPath)))
  const streams = opened.flatMap((outcome): RawStream[] => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  const latencies = of(streams.map(({ firstMs }) => firstMs))
  // Ending thousands of sockets keeps this process busy for longer than the agent; the next caller is another one.
  await Promise.all(streams.map((stream) => stream.close()))
  const alone = await openRawStreamAs(userOf(0), socketPath)
  await alone.close()
  return { ...latencies, answered: streams.length, aloneMs: alone.firstMs }
}

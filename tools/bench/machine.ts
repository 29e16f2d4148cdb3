import { readFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'

const GIBIBYTE_BYTES = 2 ** 30

/** One line that says on what a figure was measured. */
export function machineLine(): string {
  const [first] = cpus()
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / GIBIBYTE_BYTES)} GiB, Node ${process.versions.node}, V8 ${process.versions.v8}`
}

/** How busy the machine was, and how much of it others had. */
export interface Disturbance {
  readonly load: number
  /** Ticks in which a processor wanted to run and its host ran something else, and all ticks (proc_stat(5)). */
  readonly stolen: number
  readonly ticks: number
}

/** The state at this moment. */
export function disturbanceNow(): Disturbance {
  const [, ...ticks] = /^cpu .*$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[0].split(/\s+/).map(Number) ?? []
  // The last two are counted in the first two already.
  const counted = ticks.slice(0, 8)
  return { load: loadavg()[0] ?? 0, stolen: counted[7] ?? 0, ticks: counted.reduce((sum, each) => sum + each, 0) }
}

/** What disturbed a measurement between two moments, for its page. */
export function describeDisturbance(before: Disturbance, after: Disturbance): string {
  const stolen = (100 * (after.stolen - before.stolen)) / Math.max(1, after.ticks - before.ticks)
  return `Load of the machine when this part began and ended: ${before.load.toFixed(1)} and ${after.load.toFixed(1)}. Its host gave ${stolen.toFixed(1)} % of the processors to others meanwhile.`
}

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { BenchDomain } from './domain.ts'
import { FLEET_VARIABLE, type FleetPlan, type FleetSecond } from './fleet-plan.ts'
import { startMeasured } from './measured-process.ts'

/** A fleet that runs in a process of its own. */
export interface Fleet {
  /** What has happened so far, second by second. */
  seconds(): readonly FleetSecond[]
  cpuSeconds(): Promise<number>
  end(): Promise<void>
}

/** Starts a fleet. Trust in the servers is Node's own extra roots: a thousand copies of the system's would be memory and nothing else. */
export async function startFleet(domain: BenchDomain, plan: FleetPlan): Promise<Fleet> {
  const rootsFile = join(domain.folder, 'fleet-roots.pem')
  await writeFile(rootsFile, await domain.rootsPem())
  const fleet = startMeasured(join(import.meta.dirname, 'fleet-process.ts'), { NODE_EXTRA_CA_CERTS: rootsFile, [FLEET_VARIABLE]: JSON.stringify(plan) })
  return {
    seconds: () => fleet.lines().flatMap((line): FleetSecond[] => (line.startsWith('{"issued"') ? [JSON.parse(line)] : [])),
    cpuSeconds: () => fleet.cpuSeconds(),
    end: () => fleet.end('SIGKILL'),
  }
}

export const seconds = (count: number): Promise<void> => pause(count * 1_000)

/** The seconds between two moments, milliseconds since 1970. */
export function between(all: readonly FleetSecond[], from: number, to: number): readonly FleetSecond[] {
  return all.filter(({ at }) => at > from && at <= to)
}

export const sum = (all: readonly FleetSecond[], field: 'issued' | 'late' | 'stoppedEarly' | 'ranOut' | 'lengthMs'): number =>
  all.reduce((total, second) => total + second[field], 0)

/** Issued in a second, over all of them. */
export const meanRate = (all: readonly FleetSecond[]): number => sum(all, 'issued') / (sum(all, 'lengthMs') / 1_000)

/** The highest rate of a second, over the mean. */
export function peakOverMean(all: readonly FleetSecond[]): number {
  return Math.max(...all.map(({ issued, lengthMs }) => (issued * 1_000) / lengthMs)) / meanRate(all)
}

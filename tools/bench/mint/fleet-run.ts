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

/** Starts a fleet in so many processes. Trust in the servers is Node's own extra roots: a thousand copies of the system's would be memory and nothing else. */
export async function startFleet(domain: BenchDomain, plan: Omit<FleetPlan, 'firstAgent'>, processes = 1): Promise<Fleet> {
  const rootsFile = join(domain.folder, 'fleet-roots.pem')
  await writeFile(rootsFile, await domain.rootsPem())
  const agents = Math.ceil(plan.agents / processes)
  const parts = Array.from({ length: processes }, (_, index): FleetPlan => {
    const firstAgent = index * agents
    return { ...plan, firstAgent, agents: Math.min(agents, plan.agents - firstAgent) }
  }).map((part) => startMeasured(join(import.meta.dirname, 'fleet-process.ts'), { NODE_EXTRA_CA_CERTS: rootsFile, [FLEET_VARIABLE]: JSON.stringify(part) }))
  return {
    seconds: () => added(parts.map((part) => part.lines().flatMap((line): FleetSecond[] => (line.startsWith('{"issued"') ? [JSON.parse(line)] : [])))),
    cpuSeconds: async () => (await Promise.all(parts.map((part) => part.cpuSeconds()))).reduce((total, one) => total + one, 0),
    end: async () => void (await Promise.all(parts.map((part) => part.end('SIGKILL')))),
  }
}

/** The seconds that all processes have told, added. */
function added(told: readonly (readonly FleetSecond[])[]): readonly FleetSecond[] {
  const byTime = new Map<number, FleetSecond[]>()
  for (const second of told.flat()) byTime.set(second.at, [...(byTime.get(second.at) ?? []), second])
  const whole = [...byTime.values()].filter(({ length }) => length === told.length)
  return whole
    .map((parts) =>
      parts.reduce((sum, one) => ({
        at: sum.at,
        issued: sum.issued + one.issued,
        late: sum.late + one.late,
        stoppedEarly: sum.stoppedEarly + one.stoppedEarly,
        ranOut: sum.ranOut + one.ranOut,
        leastLeft: Math.min(sum.leastLeft, one.leastLeft),
        held: sum.held + one.held,
        connected: sum.connected + one.connected,
      })),
    )
    .sort((a, b) => a.at - b.at)
}

export const seconds = (count: number): Promise<void> => pause(count * 1_000)

/** The seconds between two moments, milliseconds since 1970. */
export function between(all: readonly FleetSecond[], from: number, to: number): readonly FleetSecond[] {
  return all.filter(({ at }) => at > from && at <= to)
}

export const sum = (all: readonly FleetSecond[], field: 'issued' | 'late' | 'stoppedEarly' | 'ranOut'): number =>
  all.reduce((total, second) => total + second[field], 0)

/** Issued in a second, over all of them. */
export const meanRate = (all: readonly FleetSecond[]): number => sum(all, 'issued') / all.length

/** The most that was issued in a second, over the mean. */
export function peakOverMean(all: readonly FleetSecond[]): number {
  return Math.max(...all.map(({ issued }) => issued)) / meanRate(all)
}

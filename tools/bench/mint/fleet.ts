import type { BenchDomain, BenchServer } from './domain.ts'
import { between, meanRate, peakOverMean, seconds, startFleet, sum } from './fleet-run.ts'
import { count, type Section } from './report.ts'

/** How large the fleet is, and for how long an SVID of it lives; a slow machine takes a smaller one. */
export interface FleetSize {
  readonly agents: number
  readonly workloads: number
  /** Stands for the hour of an SVID in use; nothing else is made shorter. */
  readonly lifeSeconds: number
  /** Processes that the fleet is in. */
  readonly processes: number
}

export const FLEET_SIZE: FleetSize = { agents: 1_000, workloads: 100, lifeSeconds: 720, processes: 2 }
const PEAK_MAX = 3

/** A fleet against two servers of which one is killed. */
export async function measureFleet(domain: BenchDomain, first: BenchServer, { agents, workloads, lifeSeconds, processes }: FleetSize): Promise<Section> {
  const halfSeconds = lifeSeconds / 2
  // Agents start over half a life, as nodes that have come and gone for a while.
  const startSeconds = halfSeconds
  const second = await domain.startServer('two')
  const cluster = await domain.addCluster({ name: 'fleet', platform: 'linux', pathTemplate: '/user/{{linux.user.id}}', x509Seconds: lifeSeconds })
  const { versionId, privateKeyPem } = cluster
  const endpoints = [first.endpoint, second.endpoint]
  const fleet = await startFleet(domain, { agents, workloads, endpoints, versionId, privateKeyPem, startSeconds }, processes)
  await seconds(startSeconds)
  const from = Date.now()
  await seconds(halfSeconds * 0.5)
  const killedAt = Date.now()
  await first.end('SIGKILL')
  await seconds(halfSeconds * 1.2)
  const all = between(fleet.seconds(), from, Date.now())
  const fleetCpu = await fleet.cpuSeconds()
  const serverCpu = await second.cpuSeconds()
  await fleet.end()
  const steady = between(all, from, killedAt)
  const after = between(all, killedAt, Number.POSITIVE_INFINITY)
  const least = Math.min(...all.map(({ leastLeft }) => leastLeft))
  const late = sum(all, 'late') + sum(all, 'ranOut') + sum(all, 'stoppedEarly')
  const peak = peakOverMean(all)
  const held = all.at(-1)?.held ?? 0
  return {
    title: 'A fleet against two servers, one killed',
    rows: [
      {
        what: `${count(agents)} agents with ${workloads} workloads each: renewals that came after the end, of ${count(sum(all, 'issued'))}`,
        spire: '',
        measured: `${count(late)}; the shortest notice was ${(100 * least).toFixed(0)} % of the life`,
        bar: '0',
        isReached: late === 0 && held === agents * workloads,
      },
      {
        what: 'signing load: highest second over the mean',
        spire: '',
        measured: `${peak.toFixed(2)} (${peakOverMean(steady).toFixed(2)} before, ${peakOverMean(after).toFixed(2)} after the kill)`,
        bar: String(PEAK_MAX),
        isReached: peak <= PEAK_MAX,
      },
    ],
    notes: [
      `Real: two servers as processes on one PostgreSQL, TLS, a session and a stream for each agent, every key, request and signature; one server was ended by SIGKILL. ${count(held)} workloads held something valid at the end.`,
      `Simulated: the agents are in ${processes} processes, as the agent's own session, batches and caches without sockets and callers; a life of ${lifeSeconds} seconds stands for an hour, so renewals come ${3_600 / lifeSeconds} times as often as in use. Back-off and spreads of the agent were not made shorter.`,
      `Mean load ${count(meanRate(all))} SVIDs a second. The surviving server used ${serverCpu.toFixed(0)} s of processor time from its start, the fleet ${fleetCpu.toFixed(0)} s.`,
    ],
  }
}

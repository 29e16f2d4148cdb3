import type { BenchDomain, BenchServer } from './domain.ts'
import { between, peakOverMean, seconds, startFleet, sum } from './fleet-run.ts'
import { count, type Section } from './report.ts'

const AGENTS = 1_000
const WORKLOADS = 100
/** Three minutes stand for the hour of an SVID in use; nothing else is made shorter. */
const LIFE_SECONDS = 180
const HALF_SECONDS = LIFE_SECONDS / 2
/** Agents start over half a life, as nodes that have come and gone for a while. */
const START_SECONDS = HALF_SECONDS
const PEAK_MAX = 3

/** A fleet against two servers of which one is killed. */
export async function measureFleet(domain: BenchDomain, first: BenchServer): Promise<Section> {
  const second = await domain.startServer('two')
  const cluster = await domain.addCluster({ name: 'fleet', platform: 'linux', pathTemplate: '/user/{{linux.user.id}}', x509Seconds: LIFE_SECONDS })
  const { versionId, privateKeyPem } = cluster
  const endpoints = [first.endpoint, second.endpoint]
  const fleet = await startFleet(domain, { agents: AGENTS, workloads: WORKLOADS, endpoints, versionId, privateKeyPem, startSeconds: START_SECONDS })
  await seconds(START_SECONDS + HALF_SECONDS * 0.5)
  const from = Date.now()
  await seconds(HALF_SECONDS * 0.5)
  const killedAt = Date.now()
  await first.end('SIGKILL')
  await seconds(HALF_SECONDS * 2)
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
        what: `${count(AGENTS)} agents with ${WORKLOADS} workloads each: renewals that came after the end, of ${count(sum(all, 'issued'))}`,
        spire: '',
        measured: `${count(late)}; the shortest notice was ${(100 * least).toFixed(0)} % of the life`,
        bar: '0',
        isReached: late === 0 && held === AGENTS * WORKLOADS,
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
      `Simulated: all agents are in one process, as the agent's own session, batches and caches without sockets and callers; a life of ${LIFE_SECONDS} seconds stands for an hour, so renewals come 20 times as often as in use. Back-off and spreads of the agent were not made shorter.`,
      `Mean load ${count(sum(all, 'issued') / all.length)} SVIDs a second. The surviving server used ${serverCpu.toFixed(0)} s of processor time from its start, the fleet ${fleetCpu.toFixed(0)} s.`,
    ],
  }
}

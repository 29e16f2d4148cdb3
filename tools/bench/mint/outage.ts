import type { BenchDomain, BenchServer } from './domain.ts'
import type { FleetSecond } from './fleet-plan.ts'
import { between, type Fleet, seconds, startFleet, sum } from './fleet-run.ts'
import { count, type Row, type Section } from './report.ts'

const AGENTS = 100
const WORKLOADS = 100
const ALL = AGENTS * WORKLOADS
/** A minute stands for the hour. */
const LIFE_SECONDS = 60
/** Outages, as shares of a life: an hour with one-hour SVIDs, and one that leaves something to renew. */
const OUTAGES = [1, 0.7] as const
const RETURN_SECONDS = 40

/** A server that goes away and comes back. */
export async function measureOutage(domain: BenchDomain, first: BenchServer): Promise<Section> {
  const port = Number(first.endpoint.split(':').at(-1))
  const cluster = await domain.addCluster({ name: 'outage', platform: 'linux', pathTemplate: '/user/{{linux.user.id}}', x509Seconds: LIFE_SECONDS })
  const { versionId, privateKeyPem } = cluster
  const fleet = await startFleet(domain, {
    agents: AGENTS,
    workloads: WORKLOADS,
    endpoints: [first.endpoint],
    versionId,
    privateKeyPem,
    startSeconds: LIFE_SECONDS / 2,
  })
  await seconds(LIFE_SECONDS)
  const rows: Row[] = []
  let server = first
  for (const share of OUTAGES) {
    const awayAt = Date.now()
    await server.end('SIGKILL')
    await seconds(LIFE_SECONDS * share)
    server = await domain.startServer('one', port)
    const backAt = Date.now()
    await seconds(RETURN_SECONDS)
    rows.push(...rowsOf(share, fleet, awayAt, backAt))
  }
  await fleet.end()
  return {
    title: 'The server away',
    rows,
    notes: [
      `${AGENTS} agents with ${WORKLOADS} workloads each against one server that is ended by SIGKILL and started again; real and simulated as above, with a life of ${LIFE_SECONDS} seconds for the hour. Agents are not told that it is back: they find out with their usual back-off, 30 seconds at most, which is not made shorter either.`,
      'A workload whose stream has ended comes back after one second, then two, then three, as go-spiffe does.',
    ],
  }
}

function rowsOf(share: number, fleet: Fleet, awayAt: number, backAt: number): readonly Row[] {
  const away = between(fleet.seconds(), awayAt, backAt)
  const back = between(fleet.seconds(), backAt, Number.POSITIVE_INFINITY)
  const early = sum(away, 'stoppedEarly') + sum(back, 'stoppedEarly')
  const heldAtReturn = away.at(-1)?.held ?? 0
  const peak = Math.max(...back.map(({ issued }) => issued))
  return [
    {
      what: `away for ${share} of a life: taken away while valid`,
      spire: '',
      measured: `${count(early)}; ${count(heldAtReturn)} of ${count(ALL)} still held a valid one on return`,
      bar: '0',
      isReached: early === 0,
    },
    {
      what: 'same, after the return',
      spire: '',
      measured: `half renewed after ${timeTo(back, backAt, ALL / 2)}, all after ${timeTo(back, backAt, ALL)}; at most ${count(peak)} in a second`,
      bar: 'at once, spread',
      isReached: (back.at(-1)?.held ?? 0) === ALL,
    },
  ]
}

/** Seconds from the return until so many were issued. */
function timeTo(back: readonly FleetSecond[], backAt: number, wanted: number): string {
  let issued = 0
  for (const second of back) {
    issued += second.issued
    if (issued >= wanted) return `${((second.at - backAt) / 1_000).toFixed(0)} s`
  }
  return 'longer'
}

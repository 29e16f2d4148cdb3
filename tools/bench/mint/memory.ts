import { setTimeout as pause } from 'node:timers/promises'
import { addUsersCluster, type BenchAgent, startBenchAgent } from './agent-process.ts'
import type { BenchDomain, BenchServer } from './domain.ts'
import { canBeOthers, openRawStreamAs, type RawStream } from './raw-caller.ts'
import type { Row, Section } from './report.ts'

const IDENTITIES = 100
const STREAMS = 1_000
const FIRST_USER = 600_000
/** Callers that come at a time, so that it is streams that are measured and not a herd. */
const TOGETHER = 20
const QUIET_MS = 8_000

/** Rows of the agent's memory. */
export async function measureMemory(domain: BenchDomain, server: BenchServer): Promise<Section> {
  const agent = await startBenchAgent(domain, server, await addUsersCluster(domain, 'memory'))
  try {
    const idle = await resident(agent)
    const streams = await open(agent, 0, IDENTITIES)
    const identities = await resident(agent)
    streams.push(...(await open(agent, IDENTITIES, STREAMS - IDENTITIES)))
    const many = await resident(agent)
    await Promise.all(streams.map((stream) => stream.close()))
    const row = (what: string, spire: string, measured: number, bar: number): Row => ({
      what,
      spire,
      measured: `${measured.toFixed(0)} MB`,
      bar: `${bar} MB`,
      isReached: measured <= bar,
    })
    return {
      title: "The agent's memory",
      rows: [
        row('idle', '57 MB', idle, 70),
        row(`${IDENTITIES} identities, each with an open stream`, '60 MB', identities, 75),
        row(`${STREAMS} streams of ${IDENTITIES} identities`, '113-166 MB', many, 115),
      ],
      notes: [
        `Resident memory (VmRSS) of \`spirl-agent\`, ${QUIET_MS / 1000} seconds after the last caller; nothing forces a collection. It is the second start on the machine: the first one also compiles, and has some 25 MB more.`,
        ...(canBeOthers() ? [] : ['Only root may call as other users: all streams had one identity here.']),
      ],
    }
  } finally {
    await agent.end()
  }
}

async function resident(agent: BenchAgent): Promise<number> {
  await pause(QUIET_MS)
  return agent.residentMebibytes()
}

async function open(agent: BenchAgent, first: number, streams: number): Promise<RawStream[]> {
  const opened: RawStream[] = []
  for (let index = 0; index < streams; index += TOGETHER) {
    const users = Array.from({ length: Math.min(TOGETHER, streams - index) }, (_, offset) => FIRST_USER + ((first + index + offset) % IDENTITIES))
    opened.push(...(await Promise.all(users.map((user) => openRawStreamAs(user, agent.socketPath)))))
  }
  return opened
}

import { setTimeout as pause } from 'node:timers/promises'
import { createAgentLog, SECRET_NAMES, type AgentSettings } from '@mintmark/mint/agent'
import { type FleetAgent, openFleetAgent, type Workload, workloadOf, type X509State } from '@mintmark/mint/agent/testing'
import { FLEET_VARIABLE, type FleetPlan, type FleetSecond } from './fleet-plan.ts'

/** A workload whose stream was ended comes back after one second, then two, as go-spiffe does. */
const RETURN_STEP_MS = 1_000
const RETURN_MS_MAX = 30_000
const SECOND_MS = 1_000

const plan: FleetPlan = JSON.parse(process.env[FLEET_VARIABLE] ?? '{}')
const log = createAgentLog({ level: 'error', write: (line) => process.stderr.write(line) })
const agents: FleetAgent[] = []
const entries: { endsAt: number }[] = []
let second = wholeSecond()
let now = newSecond()

function wholeSecond(): number {
  return Math.floor(Date.now() / SECOND_MS) * SECOND_MS
}

function newSecond(): Omit<FleetSecond, 'at' | 'held' | 'connected'> {
  return { issued: 0, late: 0, stoppedEarly: 0, ranOut: 0, leastLeft: 1 }
}

function settingsOf(index: number): AgentSettings {
  // Half of the agents have one server first, half the other, as a name with two addresses would give them.
  const turn = index % plan.endpoints.length
  return {
    socketPath: '',
    upstream: {
      endpoints: [...plan.endpoints.slice(turn), ...plan.endpoints.slice(0, turn)],
      tls: true,
      connectionMaxAgeMs: 30 * 60_000,
      evidence: [{ type: 'cvk', versionId: plan.versionId, privateKeyPem: plan.privateKeyPem }],
      nodeName: `node-${index}`,
      platform: 'linux',
      agentVersion: '0.0.0-bench',
      instanceId: `instance-${index}`,
      requireProofOfPossession: false,
    },
    workloadApi: { x509: true, jwt: true, allowUnauthenticatedVerifiers: false, allowedForeignJwtClaims: [] },
    sds: { names: SECRET_NAMES, spiffeValidation: true },
    telemetry: { emitLatencyMetrics: false, emitSvidExpiry: false },
  }
}

/** A workload with an open stream: it takes what it is given and comes back when it is sent away. */
function follow(agent: FleetAgent, workload: Workload): void {
  const entry = { endsAt: 0 }
  entries.push(entry)
  let life = 0
  let waits = 0
  const onState = (state: X509State): void => {
    tell()
    const at = Date.now()
    now.issued += 1
    waits = 0
    if (entry.endsAt > 0 && entry.endsAt < at) now.late += 1
    else if (entry.endsAt > 0) now.leastLeft = Math.min(now.leastLeft, (entry.endsAt - at) / life)
    life = state.notAfter - at
    entry.endsAt = state.notAfter
  }
  const onRefusal = (): void => {
    // Whoever is refused again, with nothing in hand, has run out once.
    if (entry.endsAt > Date.now()) now.stoppedEarly += 1
    else if (entry.endsAt > 0 && waits === 0) now.ranOut += 1
    waits += 1
    setTimeout(open, Math.min(RETURN_MS_MAX, waits * RETURN_STEP_MS))
  }
  const open = (): void => void agent.x509.subscribe(workload, { onState, onRefusal })
  open()
}

/** Tells all seconds that are over; what a busy process has slept through counts as empty, and what came of it in the second in which it came. */
function tell(): void {
  const current = wholeSecond()
  if (second >= current) return
  const at = Date.now()
  const held = entries.filter(({ endsAt }) => endsAt > at).length
  const connected = agents.filter((agent) => agent.isConnected()).length
  for (; second < current; second += SECOND_MS) {
    const told: FleetSecond = { ...now, at: second, held, connected }
    now = newSecond()
    process.stdout.write(`${JSON.stringify(told)}\n`)
  }
}

setInterval(tell, SECOND_MS)
const stepMs = (plan.startSeconds * 1_000) / plan.agents
const startedAt = Date.now()
for (let index = plan.firstAgent; index < plan.firstAgent + plan.agents; index++) {
  const agent = await openFleetAgent(settingsOf(index), log)
  agents.push(agent)
  agent.start()
  for (let number = 0; number < plan.workloads; number++) {
    const attributes = { 'linux.user.id': `${index}-${number}`, 'linux.group.id': `${index}`, 'linux.user.name': `service-${number}` }
    follow(agent, workloadOf(new Map(Object.entries(attributes))))
  }
  await pause(Math.max(0, startedAt + (index - plan.firstAgent + 1) * stepMs - Date.now()))
}

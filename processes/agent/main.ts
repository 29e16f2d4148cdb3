import { applyWorkloadAttestation, createWorkloadAttestation } from '@mintmark/mint/attestation'
import { createAgentLog, PeerCredentialsUnavailableError, reasonOf, SocketFileError, startAgent } from '@mintmark/mint/agent'
import { readAgentDocument } from './document.ts'
import { AgentSettingsError } from './fields.ts'
import { agentSettings, type AgentProcessSettings } from './settings.ts'
import { agentHelp } from './variables.ts'

/** Runs an agent until it is told to stop. @returns the exit code: 0 stopped in order, 1 failed, 2 wrong settings */
export async function runAgent(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): Promise<number> {
  let settings: AgentProcessSettings
  try {
    const document = await readAgentDocument(args, environment)
    if (document === undefined) {
      process.stdout.write(agentHelp())
      return 0
    }
    settings = agentSettings(document)
  } catch (error) {
    if (!(error instanceof AgentSettingsError)) throw error
    process.stderr.write(`${error.message}\n\n  ${error.remedy}\n`)
    return 2
  }
  const log = createAgentLog({ level: settings.logLevel, write: (line) => process.stdout.write(line) })
  const stop = untilStopped()
  try {
    const agent = await startAgent(settings.agent, {
      log,
      createAttestation: (spec) =>
        createWorkloadAttestation(applyWorkloadAttestation(settings.attestation, spec), { log: log.logger('agent.workloadAttestation') }),
    })
    await stop
    await agent.close()
    return 0
  } catch (error) {
    log.logger('agent').error('The agent failed', { reason: reasonOf(error) })
    if (error instanceof SocketFileError || error instanceof PeerCredentialsUnavailableError) process.stderr.write(`${error.message}\n`)
    return 1
  }
}

/** Settles at the first signal; a second one ends the process at once. */
function untilStopped(): Promise<void> {
  // Neither signals nor the agent's own timers keep a process alive.
  const alive = setInterval(() => undefined, 60_000)
  return new Promise((resolve) => {
    let isStopping = false
    function stop(): void {
      if (isStopping) process.exit(130)
      isStopping = true
      clearInterval(alive)
      resolve()
    }
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)
  })
}

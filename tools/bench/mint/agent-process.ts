import { chmod, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildAgent } from '../../pack/agent.ts'
import type { BenchCluster, BenchDomain, BenchServer } from './domain.ts'
import { type MeasuredProcess, startMeasured } from './measured-process.ts'

/** The agent as its own process, built and started as it is installed in Linux mode. */
export interface BenchAgent extends MeasuredProcess {
  readonly socketPath: string
}

/** Starts it and waits until it is attested and has its trust. */
export async function startBenchAgent(domain: BenchDomain, server: BenchServer, cluster: BenchCluster): Promise<BenchAgent> {
  const folder = await mkdtemp(join(domain.folder, 'agent-'))
  await chmod(folder, 0o755)
  const [rootsFile, keyFile, socketPath] = [join(folder, 'roots.pem'), join(folder, 'version.key'), join(folder, 'agent.sock')]
  await writeFile(rootsFile, await domain.rootsPem())
  await writeFile(keyFile, cluster.privateKeyPem, { mode: 0o600 })
  const program = await buildAgent(join(domain.folder, 'agent-built'))
  const start = (): MeasuredProcess =>
    startMeasured(program, {
      MALLOC_ARENA_MAX: '1',
      NODE_COMPILE_CACHE: join(domain.folder, 'agent-cache'),
      SPIRL_PLATFORM: 'linux',
      SPIRL_ENDPOINT: server.endpoint,
      SPIRL_ENDPOINT_SUPPLEMENTAL_ROOTS_FILE: rootsFile,
      SPIRL_AUTH_KEY_ID: cluster.versionId,
      SPIRL_AUTH_KEY_FILE: keyFile,
      SPIRL_SOCKET_PATH: socketPath,
    })
  // The first start on a machine compiles; every later one, and so the one that is measured, finds it done.
  const first = start()
  await first.line(/Health check passed/)
  await first.end()
  const agent = start()
  await agent.line(/Health check passed/)
  return { ...agent, socketPath }
}

/** Identities by user, so that a caller under a number of its own is a workload that nobody has seen before. */
export function addUsersCluster(domain: BenchDomain, name: string): Promise<BenchCluster> {
  return domain.addCluster({ name, platform: 'linux', pathTemplate: '/user/{{linux.user.id}}', x509Seconds: 3_600 })
}

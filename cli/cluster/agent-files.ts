import { resolve } from 'node:path'
import type { AgentConnection, ClusterVersionKey } from '@mintmark/contract/http'
import { createNewFile, pathsIn, requireNewFiles } from '../files/new-files.ts'
import { UsageError } from '../program/usage-error.ts'

/** Bytes that the path of a Unix socket can have (unix(7): sun_path, with its end). */
const SOCKET_PATH_BYTES_MAX = 107

/** Files that an agent on this machine runs with; all paths are absolute. */
export interface AgentFiles {
  readonly config: string
  readonly key: string
  readonly roots: string
  /** Written by the agent itself. */
  readonly keptRoots: string
  readonly socket: string
}

/** Where they will lie. @throws UsageError when a socket could not lie there, UserError when one of them is there already */
export async function planAgentFiles(folder: string): Promise<AgentFiles> {
  const paths = pathsIn(resolve(folder), ['agent.yaml', 'key.pem', 'roots.pem', 'kept-roots.pem', 'agent.sock'])
  const socket = paths['agent.sock']
  if (Buffer.byteLength(socket) > SOCKET_PATH_BYTES_MAX)
    throw new UsageError(`A socket cannot be called ${socket}: the name is longer than ${SOCKET_PATH_BYTES_MAX} bytes.`, 'Choose a folder with a shorter path.')
  const files = { config: paths['agent.yaml'], key: paths['key.pem'], roots: paths['roots.pem'], keptRoots: paths['kept-roots.pem'], socket }
  await requireNewFiles([files.config, files.key, files.roots])
  return files
}

/** Writes them, readable by their owner only. The configuration has the shape of the values of chart spirl-system. */
export async function writeAgentFiles(files: AgentFiles, platform: string, connection: AgentConnection, key: ClusterVersionKey): Promise<void> {
  await createNewFile(files.key, key.privateKeyPem)
  if (connection.rootsPem !== undefined) await createNewFile(files.roots, connection.rootsPem)
  await createNewFile(files.config, agentConfig(files, platform, connection, key.id))
}

function agentConfig(files: AgentFiles, platform: string, { endpoint, usesTls, rootsPem }: AgentConnection, keyId: string): string {
  // A JSON string is a YAML scalar that nothing in it can end.
  const text = (value: string): string => JSON.stringify(value)
  return [
    '# Configuration of spirl-agent; the same keys as the values of chart spirl-system.',
    `platform: ${platform}`,
    `${PLATFORM_SECTIONS[platform] ?? platform}:`,
    `  spiffeSocketPath: ${text(files.socket)}`,
    'agent:',
    '  endpoint:',
    `    endpoint: ${text(endpoint ?? '')}`,
    ...(usesTls ? [] : ['    enableTLS: false']),
    ...(rootsPem === undefined
      ? []
      : [
          '    # The trust domain vouches for its own server. The agent follows its rotations and keeps the newest roots in the second file.',
          `    supplementalRootsFile: ${text(files.roots)}`,
          `    keptRootsFile: ${text(files.keptRoots)}`,
        ]),
    '  auth:',
    '    key:',
    `      id: ${keyId}`,
    `      file: ${text(files.key)}`,
    '',
  ].join('\n')
}

const PLATFORM_SECTIONS: Readonly<Record<string, string>> = { 'eks-istio': 'eksIstio' }

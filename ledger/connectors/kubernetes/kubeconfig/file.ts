import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { UserError } from '@mintmark/ledger/model'
import { parseDocument } from 'yaml'
import { ShapeError } from '../objects/shape.ts'
import { kubeconfigFile } from './schema.ts'
import type { ClusterEntry, ContextEntry, KubeconfigFile, Named, UserEntry } from './schema.ts'

/** Bytes of one kubeconfig file. */
const FILE_BYTES_MAX = 16 * 1024 * 1024

/** All kubeconfig files as one: of entries with the same name the first one counts, as with kubectl. */
export interface Kubeconfig {
  /** For messages. */
  readonly files: readonly string[]
  readonly currentContext: string | undefined
  readonly contexts: ReadonlyMap<string, ContextEntry>
  readonly clusters: ReadonlyMap<string, Named<ClusterEntry>>
  readonly users: ReadonlyMap<string, Named<UserEntry>>
}

/** The files that count: the one that is named, else those of KUBECONFIG, else `~/.kube/config`. */
function kubeconfigPaths(path: string | undefined, environment: NodeJS.ProcessEnv = process.env): readonly string[] {
  if (path !== undefined) return [resolve(path)]
  const listed = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((one) => one !== '')
  return listed.length > 0 ? listed.map((one) => resolve(one)) : [join(homedir(), '.kube', 'config')]
}

/**
 * Reads and merges kubeconfig files.
 *
 * @throws UserError when none can be read, or one is not a kubeconfig; messages never quote the file, which holds credentials
 */
export async function loadKubeconfig(path: string | undefined, environment: NodeJS.ProcessEnv = process.env): Promise<Kubeconfig> {
  const paths = kubeconfigPaths(path, environment)
  const contexts = new Map<string, ContextEntry>()
  const clusters = new Map<string, Named<ClusterEntry>>()
  const users = new Map<string, Named<UserEntry>>()
  const files: string[] = []
  let currentContext: string | undefined
  for (const file of paths) {
    const parsed = await readOne(file, paths.length > 1)
    if (parsed === undefined) continue
    files.push(file)
    const folder = dirname(file)
    currentContext ??= parsed['current-context'] === '' ? undefined : parsed['current-context']
    for (const { name, context } of parsed.contexts) if (context && !contexts.has(name)) contexts.set(name, context)
    for (const { name, cluster } of parsed.clusters) if (cluster && !clusters.has(name)) clusters.set(name, { entry: cluster, folder })
    for (const { name, user } of parsed.users) if (user && !users.has(name)) users.set(name, { entry: user, folder })
  }
  if (files.length === 0) {
    throw new UserError(
      'kubeconfig-missing',
      `No kubeconfig was found: ${paths.join(', ')} does not exist`,
      'Name one with --kubeconfig FILE or KUBECONFIG, or scan manifests with --manifests DIR',
    )
  }
  return { files, currentContext, contexts, clusters, users }
}

async function readOne(file: string, mayBeMissing: boolean): Promise<KubeconfigFile | undefined> {
  let text: string
  try {
    if ((await stat(file)).size > FILE_BYTES_MAX) {
      throw new UserError('kubeconfig-invalid', `Kubeconfig ${file} is larger than ${FILE_BYTES_MAX} bytes`, 'Name the right file with --kubeconfig FILE')
    }
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof UserError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    if (code === 'ENOENT') {
      if (mayBeMissing) return undefined
      throw new UserError(
        'kubeconfig-missing',
        `Kubeconfig ${file} does not exist`,
        'Name the right file with --kubeconfig FILE, or scan manifests with --manifests DIR',
      )
    }
    throw new UserError('kubeconfig-unreadable', `Kubeconfig ${file} cannot be read (${code})`, 'Check that it is a file and that you may read it', {
      cause: error,
    })
  }
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'silent' })
  const [problem] = document.errors
  if (problem !== undefined) {
    const line = text.slice(0, problem.pos[0]).split('\n').length
    throw new UserError(
      'kubeconfig-invalid',
      `Kubeconfig ${file} is not valid YAML (line ${line})`,
      'Correct that line; `kubectl config view` reads the same file',
    )
  }
  try {
    return kubeconfigFile(document.toJS() ?? {}, '')
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error
    throw new UserError(
      'kubeconfig-invalid',
      `Kubeconfig ${file}: field ${error.path} is not what it should be`,
      'Correct it; `kubectl config view` reads the same file',
    )
  }
}

/** A context as a person chooses it. */
export interface ContextChoice {
  readonly name: string
  readonly cluster: string
  /** Host and port of the API server. */
  readonly serverHost: string | undefined
  readonly current: boolean
  /** True when using it runs a command, which needs `--allow-exec`. */
  readonly runsCommand: boolean
}

/**
 * The contexts that a kubeconfig offers, the current one first. Nothing is connected to.
 *
 * @returns an empty list when there is no kubeconfig
 * @throws UserError when there is one that cannot be read
 */
export async function listContexts(path?: string, environment: NodeJS.ProcessEnv = process.env): Promise<readonly ContextChoice[]> {
  let config: Kubeconfig
  try {
    config = await loadKubeconfig(path, environment)
  } catch (error) {
    if (path === undefined && error instanceof UserError && error.label === 'kubeconfig-missing') return []
    throw error
  }
  const choices = [...config.contexts].map(([name, context]): ContextChoice => {
    const server = config.clusters.get(context.cluster)?.entry.server
    const user = context.user === undefined ? undefined : config.users.get(context.user)?.entry
    return {
      name,
      cluster: context.cluster,
      serverHost: server === undefined || !URL.canParse(server) ? undefined : new URL(server).host,
      current: name === config.currentContext,
      runsCommand: Boolean(user?.exec) && user?.token === undefined,
    }
  })
  return choices.toSorted((a, b) => Number(b.current) - Number(a.current))
}

import { UserError } from '@mintmark/ledger/model'
import { ApiError, adviseOn, toUserError } from './api-error.ts'
import { TIMING, createApiClient } from './client.ts'
import type { ApiClient } from './client.ts'
import { readConnection } from './kubeconfig/connection.ts'
import type { Connection } from './kubeconfig/connection.ts'
import { fieldsOf, optionalText } from './objects/fields.ts'
import { walkManifests } from './manifests/walk.ts'
import { KINDS, permissionOf, urlPathOf } from './permissions.ts'
import type { KindRow } from './permissions.ts'
import type { KubernetesSettings } from './schema.ts'

/** One line of advice about one thing that the connector needs. */
export interface Verification {
  readonly subject: string
  readonly outcome: 'passed' | 'failed' | 'unknown'
  /** What to change, in words a person can act on; empty when passed. */
  readonly advice: string
}

/** Namespaces that are probed one by one. */
const NAMESPACES_PROBED_MAX = 20

const passed = (subject: string): Verification => ({ subject, outcome: 'passed', advice: '' })

/** Tries what a scan needs, one thing after the other, and says of each what to change. It reads one object of each kind and keeps nothing. */
export async function* verifyKubernetes(settings: KubernetesSettings, signal: AbortSignal): AsyncGenerator<Verification> {
  const { source } = settings
  if (source.type === 'manifests') {
    yield await verifyFolder(source.directory, signal)
    return
  }
  const where = source.type === 'kubeconfig' ? 'kubeconfig' : 'ServiceAccount of the pod'
  let connection: Connection
  try {
    connection = await readConnection(source, new Date())
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    yield { subject: where, outcome: 'failed', advice: `${error.message}. ${error.remedy}` }
    return
  }
  yield passed(where)
  const client = createApiClient(connection, { ...TIMING, retryMsMax: 5_000 })
  try {
    yield* verifyServer(client, settings, signal)
  } finally {
    client.close()
  }
}

async function verifyFolder(directory: string, signal: AbortSignal): Promise<Verification> {
  const subject = `folder ${directory}`
  try {
    const { files } = await walkManifests(directory, signal)
    return files.length > 0 ? passed(subject) : { subject, outcome: 'failed', advice: 'It holds no file that ends in .yaml, .yml or .json' }
  } catch {
    signal.throwIfAborted()
    return { subject, outcome: 'failed', advice: 'It cannot be read; check the path and its permissions' }
  }
}

async function* verifyServer(client: ApiClient, settings: KubernetesSettings, signal: AbortSignal): AsyncGenerator<Verification> {
  const subject = `API server ${client.connection.server.host}`
  try {
    const version = optionalText(fieldsOf(await client.json('/version', {}, signal))['gitVersion'])
    yield passed(version === undefined ? subject : `${subject} (${version})`)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (error.reason !== 'denied' && error.reason !== 'not-found') {
      const explained = toUserError(error, client.connection)
      yield { subject, outcome: 'failed', advice: `${explained.message}. ${explained.remedy}` }
      return
    }
    yield { subject, outcome: 'unknown', advice: 'Its version may not be read; the scan works without it' }
  }
  const namespaces = settings.namespaces?.slice(0, NAMESPACES_PROBED_MAX) ?? [undefined]
  for (const row of KINDS) {
    for (const namespace of row.namespaced || row.kind === 'Namespace' ? namespaces : [undefined]) yield await verifyKind(client, row, namespace, signal)
  }
}

async function verifyKind(client: ApiClient, row: KindRow, namespace: string | undefined, signal: AbortSignal): Promise<Verification> {
  const one = row.kind === 'Namespace' && namespace !== undefined
  const subject = `${one ? 'get' : 'list'} ${row.collection}${namespace === undefined ? '' : ` in ${namespace}`}`
  try {
    await (one ? client.json(`${urlPathOf(row)}/${encodeURIComponent(namespace)}`, {}, signal) : client.json(urlPathOf(row, namespace), { limit: 1 }, signal))
    return passed(subject)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (error.reason === 'denied') return { subject, outcome: 'failed', advice: `Grant: ${permissionOf(row, namespace)}` }
    if (one && error.reason === 'not-found') return { subject, outcome: 'failed', advice: `There is no namespace ${namespace}` }
    return { subject, outcome: 'unknown', advice: `${error.message}. ${adviseOn(error, client.connection)}` }
  }
}

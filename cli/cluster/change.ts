import { isConfirmed, type YesOptions } from '../program/confirm.ts'
import { writeText, type Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printJson } from '../program/rows.ts'
import { cleanText } from '../report/text.ts'
import { ask, connect } from '../server/connect.ts'
import { trustDomainQuery } from '../trust-domain/which.ts'
import type { ClusterOptions } from './options.ts'

/** `spirlctl cluster disable CLUSTER`: never without a yes. */
export async function disableCluster(context: Context, options: ClusterOptions & YesOptions, clusterId: string): Promise<number> {
  const question = `Disable cluster ${cleanText(clusterId)}? Its agents lose their sessions at once, and its workloads get no more SVIDs.`
  if (!(await isConfirmed(context, options, question))) return EXIT.failed
  return await setEnabled(context, options, clusterId, false)
}

/** `spirlctl cluster enable CLUSTER` */
export async function enableCluster(context: Context, options: ClusterOptions, clusterId: string): Promise<number> {
  return await setEnabled(context, options, clusterId, true)
}

async function setEnabled(context: Context, options: ClusterOptions, clusterId: string, isEnabled: boolean): Promise<number> {
  const { client } = await connect(context, options)
  const cluster = await ask(client.updateCluster({ params: { clusterId }, query: trustDomainQuery(options), body: { isEnabled }, signal: context.signal }))
  if (options.o === 'json') await printJson(context, cluster)
  else await writeText(context.stdout, `Cluster ${cleanText(cluster.name)} is ${isEnabled ? 'enabled' : 'disabled'}.\n`)
  return EXIT.done
}

/** `spirlctl cluster delete CLUSTER`: never without a yes. */
export async function deleteCluster(context: Context, options: ClusterOptions & YesOptions, clusterId: string): Promise<number> {
  const question = `Delete cluster ${cleanText(clusterId)} with its versions, agents and configuration?`
  if (!(await isConfirmed(context, options, question))) return EXIT.failed
  const { client } = await connect(context, options)
  await ask(client.deleteCluster({ params: { clusterId }, query: trustDomainQuery(options), signal: context.signal }))
  if (options.o === 'json') await printJson(context, { cluster: clusterId, deleted: true })
  else await writeText(context.stdout, `Deleted cluster ${cleanText(clusterId)}. What it was issued stays on record.\n`)
  return EXIT.done
}

import type { Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printFacts } from '../program/facts.ts'
import { printJson, printRows } from '../program/rows.ts'
import { timeWords } from '../report/words.ts'
import { ask, connect } from '../server/connect.ts'
import type { PageOptions } from '../server/options.ts'
import { readPages } from '../server/pages.ts'
import { trustDomainQuery } from '../trust-domain/which.ts'
import type { ClusterOptions } from './options.ts'

/** `spirlctl cluster list` */
export async function listClusters(context: Context, options: ClusterOptions & PageOptions): Promise<number> {
  const { client } = await connect(context, options)
  const query = trustDomainQuery(options)
  const rows = await readPages(options, (page) => client.listClusters({ query: { ...query, ...page }, signal: context.signal }))
  await printRows(context, options.o, {
    ...rows,
    none: 'No cluster yet. Register one with: spirlctl cluster register NAME',
    columns: [
      { title: 'NAME', cell: (row) => row.name },
      { title: 'PLATFORM', cell: (row) => row.platform },
      { title: 'STATE', cell: (row) => (row.isEnabled ? 'enabled' : 'disabled') },
      { title: 'CREATED', cell: (row) => timeWords(row.createdAt) },
      { title: 'ID', cell: (row) => row.id },
    ],
  })
  return EXIT.done
}

/** `spirlctl cluster info CLUSTER` */
export async function showCluster(context: Context, options: ClusterOptions, clusterId: string): Promise<number> {
  const { client } = await connect(context, options)
  const cluster = await ask(client.getCluster({ params: { clusterId }, query: trustDomainQuery(options), signal: context.signal }))
  if (options.o === 'json') {
    await printJson(context, cluster)
    return EXIT.done
  }
  const { connection } = cluster
  await printFacts(
    context,
    [
      ['Name', cluster.name],
      ['Id', cluster.id],
      ['Trust domain', cluster.trustDomainId],
      ['Realm', cluster.realmId],
      ['Platform', cluster.platform],
      ['State', cluster.isEnabled ? 'enabled' : 'disabled: its agents get nothing'],
      ['Agents dial', connection.endpoint],
      ['TLS', connection.usesTls ? 'yes' : 'no: something else has to encrypt the way'],
      ['Created', timeWords(cluster.createdAt)],
    ],
    [
      {
        title: 'Versions',
        lines: cluster.versions.map(({ id, isActive, createdAt }) => `${isActive ? 'active  ' : 'inactive'}  ${id}  ${timeWords(createdAt)}`),
      },
    ],
  )
  return EXIT.done
}

/** `spirlctl cluster agents CLUSTER` */
export async function listAgents(context: Context, options: ClusterOptions & PageOptions, clusterId: string): Promise<number> {
  const { client } = await connect(context, options)
  const query = trustDomainQuery(options)
  const rows = await readPages(options, (page) => client.listAgents({ params: { clusterId }, query: { ...query, ...page }, signal: context.signal }))
  await printRows(context, options.o, {
    ...rows,
    none: 'No agent has proved itself yet.',
    columns: [
      { title: 'STATE', cell: (row) => row.state },
      { title: 'NODE', cell: (row) => row.nodeName },
      { title: 'VERSION', cell: (row) => row.version },
      { title: 'PROVED BY', cell: (row) => row.attestedBy.join(' ') },
      { title: 'LAST SEEN', cell: (row) => timeWords(row.lastSeenAt) },
      { title: 'ID', cell: (row) => row.id },
    ],
  })
  return EXIT.done
}

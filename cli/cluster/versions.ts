import { createNewFile, requireNewFiles } from '../files/new-files.ts'
import { isConfirmed, type YesOptions } from '../program/confirm.ts'
import { writeText, type Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printJson, printRows } from '../program/rows.ts'
import { timeWords } from '../report/words.ts'
import { ask, connect } from '../server/connect.ts'
import { trustDomainQuery } from '../trust-domain/which.ts'
import type { ClusterOptions } from './options.ts'

/** `spirlctl cluster version create CLUSTER`: the one moment in which the key can be seen. */
export async function createVersion(context: Context, options: ClusterOptions & { readonly keyOut?: string }, clusterId: string): Promise<number> {
  const { keyOut } = options
  if (keyOut !== undefined) await requireNewFiles([keyOut])
  const { client } = await connect(context, options)
  const made = await ask(client.createClusterVersion({ params: { clusterId }, query: trustDomainQuery(options), signal: context.signal }))
  const { version, key, removed } = made
  if (keyOut !== undefined) await createNewFile(keyOut, key.privateKeyPem)
  if (options.o === 'json') {
    await printJson(context, keyOut === undefined ? made : { ...made, key: { id: key.id, path: keyOut } })
    return EXIT.done
  }
  const shown =
    keyOut === undefined ? `Its key is shown this once:\n\n${key.privateKeyPem}` : `Its key is in ${keyOut}, readable by you only. It cannot be shown again.\n`
  await writeText(context.stdout, `Created version ${version.id}.\n${shown}`)
  for (const { id } of removed)
    await writeText(
      context.stderr,
      `Warning: version ${id} was removed, because a cluster has ten at most. Agents that use it cannot prove themselves any more.\n`,
    )
  return EXIT.done
}

/** `spirlctl cluster version list CLUSTER` */
export async function listVersions(context: Context, options: ClusterOptions, clusterId: string): Promise<number> {
  const { client } = await connect(context, options)
  const { items } = await ask(client.listClusterVersions({ params: { clusterId }, query: trustDomainQuery(options), signal: context.signal }))
  await printRows(context, options.o, {
    items,
    more: false,
    none: 'The cluster has no version. Add one with: spirlctl cluster version create CLUSTER',
    columns: [
      { title: 'STATE', cell: (row) => (row.isActive ? 'active' : 'inactive') },
      { title: 'CREATED', cell: (row) => timeWords(row.createdAt) },
      { title: 'ID', cell: (row) => row.id },
    ],
  })
  return EXIT.done
}

/** `spirlctl cluster version activate|deactivate CLUSTER VERSION` */
export async function setVersionActive(context: Context, isActive: boolean, options: ClusterOptions, clusterId: string, versionId: string): Promise<number> {
  const { client } = await connect(context, options)
  const input = { params: { clusterId, versionId }, query: trustDomainQuery(options), body: { isActive }, signal: context.signal }
  const version = await ask(client.updateClusterVersion(input))
  if (options.o === 'json') await printJson(context, version)
  else await writeText(context.stdout, `Version ${version.id} is ${isActive ? 'active' : 'inactive: no agent can prove itself with it'}.\n`)
  return EXIT.done
}

/** `spirlctl cluster version delete CLUSTER VERSION`: never without a yes. */
export async function deleteVersion(context: Context, options: ClusterOptions & YesOptions, clusterId: string, versionId: string): Promise<number> {
  if (!(await isConfirmed(context, options, `Delete version ${versionId}? Its key can never be used again.`))) return EXIT.failed
  const { client } = await connect(context, options)
  await ask(client.deleteClusterVersion({ params: { clusterId, versionId }, query: trustDomainQuery(options), signal: context.signal }))
  if (options.o === 'json') await printJson(context, { version: versionId, deleted: true })
  else await writeText(context.stdout, `Deleted version ${versionId}.\n`)
  return EXIT.done
}

import type { Client } from '@mintmark/contract/http'
import type { Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printRows, type Column } from '../program/rows.ts'
import { kindWords, publicWords } from '../report/words.ts'
import { connect } from '../server/connect.ts'
import { readPages } from '../server/pages.ts'
import type { Entity, ListOptions } from './entity.ts'
import { asOfQuery, given } from './query.ts'

const NONE = 'Nothing matches. Without filters this means that no scan is visible yet: spirlctl ledger scan list'

/** `spirlctl ledger application|deployment|identity|secret list` */
export async function listEntities(context: Context, entity: Entity, options: ListOptions): Promise<number> {
  const { client } = await connect(context, options)
  await LISTS[entity](context, client, options)
  return EXIT.done
}

type List = (context: Context, client: Client, options: ListOptions) => Promise<void>

const level: Column<{ readonly level: string }> = { title: 'LEVEL', cell: (row) => row.level, widthMin: 8 }
const secrets: Column<{ readonly secretsTotal: number }> = { title: 'SECRETS', cell: (row) => String(row.secretsTotal), widthMin: 7 }
const id: Column<{ readonly id: string }> = { title: 'ID', cell: (row) => row.id, widthMin: 40 }

const LISTS: Readonly<Record<Entity, List>> = {
  application: async (context, client, options) => {
    const query = { ...asOfQuery(options.asOf), ...given({ name: options.name }) }
    const rows = await readPages(options, (page) => client.listApplications({ query: { ...query, ...page }, signal: context.signal }))
    const deployments = { title: 'DEPLOYMENTS', cell: (row: { readonly deploymentsTotal: number }) => String(row.deploymentsTotal), widthMin: 4 }
    await printRows(context, options.o, { ...rows, none: NONE, columns: [level, { title: 'NAME', cell: (row) => row.name }, secrets, deployments, id] })
  },
  deployment: async (context, client, options) => {
    const filters = given({ name: options.name, namespace: options.namespace, application: options.application })
    const query = { ...asOfQuery(options.asOf), ...filters }
    const rows = await readPages(options, (page) => client.listDeployments({ query: { ...query, ...page }, signal: context.signal }))
    const place = { title: 'DEPLOYMENT', cell: (row: { namespace: string; kind: string; name: string }) => `${row.namespace}/${row.kind}/${row.name}` }
    await printRows(context, options.o, { ...rows, none: NONE, columns: [level, place, secrets, id] })
  },
  identity: async (context, client, options) => {
    const query = { ...asOfQuery(options.asOf), ...given({ name: options.name, kind: options.kind }) }
    const rows = await readPages(options, (page) => client.listIdentities({ query: { ...query, ...page }, signal: context.signal }))
    await printRows(context, options.o, {
      ...rows,
      none: NONE,
      columns: [{ title: 'KIND', cell: (row) => row.kind }, { title: 'NAME', cell: (row) => row.name }, secrets, id],
    })
  },
  secret: async (context, client, options) => {
    const { kind, provider, application, namespace, publicId } = options
    const query = { ...asOfQuery(options.asOf), ...given({ levelAtLeast: options.level, kind, provider, application, namespace, publicId }) }
    const rows = await readPages(options, (page) => client.listSecrets({ query: { ...query, ...page }, signal: context.signal }))
    await printRows(context, options.o, {
      ...rows,
      none: NONE,
      columns: [
        level,
        { title: 'KIND', cell: (row) => kindWords(row.kind) },
        { title: 'WHOSE', cell: (row) => publicWords(row) },
        { title: 'PLACES', cell: (row) => String(row.occurrencesTotal), widthMin: 6 },
        { title: 'APPS', cell: (row) => String(row.applicationsTotal), widthMin: 4 },
        id,
      ],
    })
  },
}

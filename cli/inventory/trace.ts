import type { Client, Output } from '@mintmark/contract/http'
import type { Link } from '@mintmark/contract/scan'
import type { Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printFacts, type Fact, type Section } from '../program/facts.ts'
import { printJson } from '../program/rows.ts'
import { publicWords, secretTitle, viaWords } from '../report/words.ts'
import { ask, connect } from '../server/connect.ts'
import { applicationFacts, deploymentFacts, identityFacts, secretFacts } from './describe.ts'
import type { Entity, GetOptions } from './entity.ts'
import { asOfQuery } from './query.ts'

interface Traced {
  readonly answer: { readonly truncated?: boolean }
  readonly facts: readonly Fact[]
  readonly sections: readonly Section[]
}

/** `spirlctl ledger application|deployment|identity|secret trace` */
export async function traceEntity(context: Context, entity: Entity, options: GetOptions, id: string): Promise<number> {
  const { client } = await connect(context, options)
  const { answer, facts, sections } = await ask(TRACES[entity](client, context, id, asOfQuery(options.asOf)))
  if (options.o === 'json') await printJson(context, answer)
  else {
    const more =
      answer.truncated === true ? [{ title: 'There is more than a trace shows', lines: ['The lists have it all: spirlctl ledger secret list --all'] }] : []
    await printFacts(context, facts, [...sections, ...more])
  }
  return EXIT.done
}

type Trace = (client: Client, context: Context, id: string, query: { asOf?: number }) => Promise<Traced>

const TRACES: Readonly<Record<Entity, Trace>> = {
  application: async (client, { signal }, applicationId, query) => {
    const answer = await client.traceApplication({ params: { applicationId }, query, signal })
    const deployments = answer.deployments.map((row) => `${row.namespace}/${row.kind}/${row.name}: ${row.secretsTotal} secrets, ${row.level}`)
    return {
      answer,
      facts: applicationFacts(answer.application),
      sections: [{ title: 'Deployments', lines: deployments }, secretsSection(answer.secrets)],
    }
  },
  deployment: async (client, { signal }, deploymentId, query) => {
    const answer = await client.traceDeployment({ params: { deploymentId }, query, signal })
    return { answer, facts: deploymentFacts(answer.deployment), sections: [identitiesSection(answer.identities), secretsSection(answer.secrets)] }
  },
  identity: async (client, { signal }, identityId, query) => {
    const answer = await client.traceIdentity({ params: { identityId }, query, signal })
    const applications = answer.applications.map((row) => `${row.name}: ${row.level}`)
    return { answer, facts: identityFacts(answer.identity), sections: [secretsSection(answer.secrets), { title: 'Used by', lines: applications }] }
  },
  secret: async (client, { signal }, secretId, query) => {
    const answer = await client.traceSecret({ params: { secretId }, query, signal })
    return { answer, facts: secretFacts(answer.secret), sections: [identitiesSection(answer.identities), usesSection(answer)] }
  },
}

type Summary = Output<'getSecret'>

function secretsSection(secrets: readonly Summary[]): Section {
  return { title: 'Secrets', lines: secrets.map((secret) => `${secret.level.padEnd(8)} ${secretTitle(secret)} ${publicWords(secret)} (${secret.id})`) }
}

function identitiesSection(rows: readonly { readonly link: Link; readonly identity?: Output<'getIdentity'> | undefined }[]): Section {
  const lines = rows.map(({ link, identity }) => `${link.relation} ${identity?.name ?? link.target} (${link.confidence}): ${link.evidence.join('; ')}`)
  return { title: 'Whose', lines }
}

/** Application, its deployments, and how each takes the secret. */
function usesSection(trace: Output<'traceSecret'>): Section {
  const lines = trace.applications.flatMap((application) => [
    application.name,
    ...application.deployments.flatMap((deployment) => [
      `  ${deployment.namespace}/${deployment.kind}/${deployment.name}`,
      ...deployment.uses.map((use) => `    ${use.container === '' ? 'pod' : use.container}: ${viaWords(use)}`),
    ]),
  ])
  if (trace.unused > 0) lines.push(`${trace.unused} places without a known consumer`)
  return { title: 'Used by', lines }
}

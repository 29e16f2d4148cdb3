import type { Client } from '@mintmark/contract/http'
import type { Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printFacts, type Fact, type Section } from '../program/facts.ts'
import { printJson } from '../program/rows.ts'
import { fieldWords, objectWords, usageWords } from '../report/words.ts'
import { ask, connect } from '../server/connect.ts'
import { applicationFacts, deploymentFacts, factorLines, identityFacts, issuanceFacts, linkLines, secretFacts } from './describe.ts'
import type { Entity, GetOptions } from './entity.ts'
import { asOfQuery } from './query.ts'

/** What `get` found: the answer for programs, and its description for people. */
interface Found {
  readonly answer: unknown
  readonly facts: readonly Fact[]
  readonly sections: readonly Section[]
}

/** Places that `secret get` shows; `-o json` has as many. */
const PLACES_MAX = 50

/** `spirlctl ledger application|deployment|identity|secret get` */
export async function getEntity(context: Context, entity: Entity, options: GetOptions, id: string): Promise<number> {
  const { client } = await connect(context, options)
  const { answer, facts, sections } = await ask(GETS[entity](client, context, id, asOfQuery(options.asOf)))
  if (options.o === 'json') await printJson(context, answer)
  else await printFacts(context, facts, sections)
  return EXIT.done
}

type Get = (client: Client, context: Context, id: string, query: { asOf?: number }) => Promise<Found>

const GETS: Readonly<Record<Entity, Get>> = {
  application: async (client, { signal }, applicationId, query) => {
    const answer = await client.getApplication({ params: { applicationId }, query, signal })
    return { answer, facts: applicationFacts(answer), sections: [{ title: 'Deployments', lines: answer.deployments }] }
  },
  deployment: async (client, { signal }, deploymentId, query) => {
    const answer = await client.getDeployment({ params: { deploymentId }, query, signal })
    return {
      answer,
      facts: [...deploymentFacts(answer), ...(answer.issuance === undefined ? [] : issuanceFacts(answer.issuance))],
      sections: [{ title: 'Identities', lines: linkLines(answer.links) }],
    }
  },
  identity: async (client, { signal }, identityId, query) => {
    const answer = await client.getIdentity({ params: { identityId }, query, signal })
    return { answer, facts: identityFacts(answer), sections: [] }
  },
  secret: async (client, { signal }, secretId, query) => {
    const answer = await client.getSecret({ params: { secretId }, query, signal })
    const places = await client.listOccurrences({ params: { secretId }, query: { ...query, pageSize: PLACES_MAX }, signal })
    const lines = places.items.map((place) => `${objectWords(place)} ${fieldWords(place)}: ${usageWords(place)}`)
    const left = answer.occurrencesTotal - lines.length
    return {
      answer: { ...answer, occurrences: places.items },
      facts: secretFacts(answer),
      sections: [
        { title: 'Factors', lines: factorLines(answer.factors) },
        { title: 'Places', lines: left > 0 ? [...lines, `… ${left} more`] : lines },
        { title: 'Links', lines: linkLines(answer.links) },
      ],
    }
  },
}

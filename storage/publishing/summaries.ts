import type { OccurrenceObservation } from '@mintmark/contract/scan'
import { placeOccurrence, type LinkedOccurrence, type OccurrenceContext, type SecretFacts } from '@mintmark/ledger/model'
import { OPEN_END, STORAGE_LIMITS } from '../limits.ts'
import { readSecrets } from '../queries/sentences.ts'
import { readBody } from '../schema/bodies.ts'
import { sharedSentences } from '../schema/secret-body.ts'
import { streamPages } from './cursor.ts'
import type { Publication } from './publication.ts'
import { describeScored, scoreDraft, writeSecrets, type SecretDraft } from './secrets.ts'

interface Group {
  readonly fingerprint: string
  readonly occurrences: LinkedOccurrence[]
  readonly takers: Set<number>
  readonly namespaces: Set<string>
  readonly clusters: Set<string>
}

interface OccurrenceRow {
  readonly fingerprint: string
  readonly namespace: string | null
  readonly subjects: number[] | null
  readonly cluster: string | null
  readonly fact: string | null
  readonly body: string | null
}

/** With these the planner may join whole tables for a handful of secrets. */
const UNWANTED = ['enable_bitmapscan', 'enable_seqscan', 'enable_hashjoin', 'enable_mergejoin']

/** Summarises and scores every secret of `touched_fingerprint` from all its current occurrences, and ends those that have none left. */
export async function summarizeTouched(publication: Publication): Promise<void> {
  const { run, yieldTurn } = publication
  let group: Group | undefined
  let drafts: SecretDraft[] = []
  let gone: string[] = []
  async function settle(): Promise<void> {
    if (group === undefined) return
    if (group.occurrences.length === 0) gone.push(group.fingerprint)
    else drafts.push(await draft(publication, group))
    group = undefined
    if (drafts.length + gone.length < STORAGE_LIMITS.batchRowsMax) return
    await writeSecrets(publication, drafts, gone)
    drafts = []
    gone = []
  }
  for (const name of UNWANTED) await run(`set local ${name} = off`)
  // One more than the limit tells whether there are more.
  const stream = streamPages<OccurrenceRow>(
    run,
    'touched_occurrences',
    `select t.fingerprint, o.namespace, o.subjects, o.cluster, o.fact, o.body from touched_fingerprint t left join lateral (
       select p.namespace, p.subjects, p.body, s.key as cluster, f.body as fact from (
         select * from occurrence o where o.fingerprint = t.fingerprint and o.valid_to = ${OPEN_END}
         order by o.namespace, o.row_key limit ${STORAGE_LIMITS.secretOccurrencesMax + 1}) p
       join fact f on f.hash = p.fact join source s on s.id = p.source_id) o on true`,
  )
  let planned = false
  for await (const page of stream) {
    if (!planned) for (const name of UNWANTED) await run(`set local ${name} = on`)
    planned = true
    for (const row of page) {
      if (group?.fingerprint !== row.fingerprint) {
        await settle()
        group = { fingerprint: row.fingerprint, occurrences: [], takers: new Set(), namespaces: new Set(), clusters: new Set() }
      }
      if (row.body !== null && row.fact !== null) add(group, row, row.fact, row.body)
      const turn = yieldTurn()
      if (turn !== undefined) await turn
    }
  }
  if (!planned) for (const name of UNWANTED) await run(`set local ${name} = on`)
  await settle()
  await writeSecrets(publication, drafts, gone)
}

function add(group: Group, row: OccurrenceRow, fact: string, body: string): void {
  const cluster = row.cluster ?? ''
  group.occurrences.push(placeOccurrence(cluster, readBody<OccurrenceObservation>(fact), readBody<OccurrenceContext>(body)))
  for (const taker of row.subjects ?? []) group.takers.add(taker)
  group.namespaces.add(row.namespace ?? '')
  group.clusters.add(cluster)
}

async function draft({ run, derivation }: Publication, group: Group): Promise<SecretDraft> {
  const { fingerprint, occurrences } = group
  const shared = { fingerprint, takers: [...group.takers], namespaces: [...group.namespaces], clusters: [...group.clusters] }
  const max = STORAGE_LIMITS.secretOccurrencesMax
  if (occurrences.length <= max) return { ...shared, facts: derivation.summarizeSecret(occurrences), occurrencesTotal: occurrences.length }
  const [counted] = await run<{ count: number }>(`select count(*)::int as count from occurrence where fingerprint = $1 and valid_to = ${OPEN_END}`, [
    fingerprint,
  ])
  const total = counted?.count ?? occurrences.length
  return { ...shared, facts: markIncomplete(derivation.summarizeSecret(occurrences.slice(0, max)), total), occurrencesTotal: total }
}

/** More places than are read could mean more applications: what was seen is a lower bound. */
function markIncomplete(facts: SecretFacts, total: number): SecretFacts {
  const sentence = `Only the first ${STORAGE_LIMITS.secretOccurrencesMax} of its ${total} occurrences were summarised`
  return { ...facts, reasons: [...facts.reasons, sentence], applicationsIncomplete: facts.applicationsIncomplete ?? sentence }
}

interface RescoreRow {
  readonly fingerprint: string
  readonly hash: string
  readonly subjects: number[]
  readonly body: string
}

/** Scores every secret of the source again, because time has passed; only those whose level or factor levels moved get a new version. */
export async function rescoreSource(publication: Publication): Promise<void> {
  const { run, source, number, subjects, yieldTurn } = publication
  await subjects.resolve('cluster', [source.key])
  const cluster = subjects.idOf('cluster', source.key)
  const stream = streamPages<RescoreRow>(
    run,
    'aged_secrets',
    `select fingerprint, replace(hash::text, '-', '') as hash, subjects, body
     from secret where subjects @> array[${cluster}] and valid_to = ${OPEN_END} and valid_from < ${number} and part <> ${number}`,
  )
  for await (const page of stream) {
    await writeSecrets(publication, await findAged(publication, page), [])
    const turn = yieldTurn()
    if (turn !== undefined) await turn
  }
}

async function findAged(publication: Publication, page: readonly RescoreRow[]): Promise<SecretDraft[]> {
  const { run, sentences, yieldTurn } = publication
  const secrets = await readSecrets(
    run,
    page.map((row) => row.body),
  )
  const scored = secrets.map((secret) => scoreDraft(publication, secret))
  await sentences.resolve(sharedSentences(scored))
  const aged: SecretDraft[] = []
  for (const [index, secret] of scored.entries()) {
    const row = page[index]
    if (row === undefined || describeScored(publication, row.fingerprint, secret, row.subjects).hash === row.hash) continue
    const { facts, occurrencesTotal } = secret
    aged.push({ fingerprint: row.fingerprint, facts, occurrencesTotal, takers: row.subjects, namespaces: [], clusters: [] })
    const turn = yieldTurn()
    if (turn !== undefined) await turn
  }
  return aged
}

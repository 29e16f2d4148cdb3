import type { LinkedOccurrence, SecretFacts } from '@mintmark/ledger/model'
import { OPEN_END, STORAGE_LIMITS } from '../limits.ts'
import { readBody, type SecretBody } from '../schema/bodies.ts'
import { streamPages } from './cursor.ts'
import type { Publication } from './publication.ts'
import { describeScored, writeSecrets, type SecretDraft } from './secrets.ts'

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
  readonly body: string | null
}

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
  // Without these the planner may join whole tables for a handful of secrets.
  await run(`set local enable_bitmapscan = off`)
  await run(`set local enable_seqscan = off`)
  // One more than the limit tells whether there are more.
  const stream = streamPages<OccurrenceRow>(
    run,
    'touched_occurrences',
    `select t.fingerprint, o.namespace, o.subjects, o.body from touched_fingerprint t left join lateral (
       select namespace, subjects, body from occurrence o where o.fingerprint = t.fingerprint and o.valid_to = ${OPEN_END}
       order by namespace, row_key limit ${STORAGE_LIMITS.secretOccurrencesMax + 1}) o on true`,
  )
  let planned = false
  for await (const page of stream) {
    if (!planned) for (const name of ['enable_bitmapscan', 'enable_seqscan']) await run(`set local ${name} = on`)
    planned = true
    for (const row of page) {
      if (group?.fingerprint !== row.fingerprint) {
        await settle()
        group = { fingerprint: row.fingerprint, occurrences: [], takers: new Set(), namespaces: new Set(), clusters: new Set() }
      }
      if (row.body !== null) add(group, row)
      await yieldTurn()
    }
  }
  if (!planned) for (const name of ['enable_bitmapscan', 'enable_seqscan']) await run(`set local ${name} = on`)
  await settle()
  await writeSecrets(publication, drafts, gone)
}

function add(group: Group, row: OccurrenceRow): void {
  const linked = readBody<LinkedOccurrence>(row.body ?? '')
  group.occurrences.push(linked)
  for (const taker of row.subjects ?? []) group.takers.add(taker)
  group.namespaces.add(row.namespace ?? '')
  group.clusters.add(linked.occurrence.cluster)
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
  readonly tid: string
  readonly fingerprint: string
  readonly hash: string
  readonly subjects: number[]
  readonly body: string
}

/** Scores every secret of the source again, because time has passed; only those whose level or factor levels moved get a new version. */
export async function rescoreSource(publication: Publication): Promise<void> {
  const { run, source, number, subjects, yieldTurn } = publication
  await subjects.resolve([{ kind: 'cluster', key: source.key }])
  const cluster = subjects.idOf('cluster', source.key)
  let aged: SecretDraft[] = []
  const stream = streamPages<RescoreRow>(
    run,
    'aged_secrets',
    `select ctid::text as tid, fingerprint, replace(hash::text, '-', '') as hash, subjects, body
     from secret where subjects @> array[${cluster}] and valid_to = ${OPEN_END} and valid_from < ${number}`,
  )
  for await (const page of stream) {
    for (const row of page) {
      const { facts, occurrencesTotal } = readBody<SecretBody>(row.body)
      if (describeScored(publication, row.fingerprint, facts, occurrencesTotal, row.subjects).hash !== row.hash) {
        aged.push({
          fingerprint: row.fingerprint,
          facts,
          occurrencesTotal,
          takers: row.subjects,
          namespaces: [],
          clusters: [],
        })
      }
      await yieldTurn()
    }
    if (aged.length < STORAGE_LIMITS.batchRowsMax) continue
    await writeSecrets(publication, aged, [])
    aged = []
  }
  await writeSecrets(publication, aged, [])
}

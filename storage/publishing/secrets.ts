import type { LinkedOccurrence, SecretFacts } from '@mintmark/ledger/model'
import type { ColumnValue } from '../bulk/binary-rows.ts'
import { rowsFor, type LoadTarget } from '../bulk/load.ts'
import { OPEN_END, STORAGE_LIMITS } from '../limits.ts'
import { rankOf } from '../schema/codes.ts'
import { hashOf, storable } from '../schema/hash.ts'
import { riskOrder } from '../schema/risk-order.ts'
import { sharedSentences, writeSecretBody, type SecretBody } from '../schema/secret-body.ts'
import { originOf, type LinkedPiece } from './linked-piece.ts'
import type { Publication } from './publication.ts'
import { inOrder, type SubjectBook } from './subjects.ts'
import { differ, type CurrentRow, type WantedRow } from './versions.ts'
import { endRows, takerIds, type ChangedFingerprints } from './write-occurrences.ts'

/** A secret with everything that is to be written of it. */
export interface SecretDraft {
  readonly fingerprint: string
  readonly facts: SecretFacts
  readonly occurrencesTotal: number
  /** Numbers of deployments and applications that take it. */
  readonly takers: readonly number[]
  readonly namespaces: readonly string[]
  /** Keys of the clusters where it lies. */
  readonly clusters: readonly string[]
}

interface SecretRow extends WantedRow {
  readonly rank: number
  readonly order: bigint
  readonly publicId: string | null
  readonly subjects: readonly number[]
  readonly body: string
}

/** Writes secrets whose every occurrence is at hand; the others are put down for later. */
export interface SecretWriter {
  writePieces(pieces: readonly LinkedPiece[], changed: ChangedFingerprints): Promise<void>
}

/** Makes the writer of one publication. */
export function openSecretWriter(publication: Publication): SecretWriter {
  const { run, isFirst } = publication
  return {
    async writePieces(pieces, changed) {
      const later = new Set<string>()
      const drafts = draftPieces(publication, pieces, changed, later)
      // Whatever lies in one namespace only, of a source that had nothing, cannot have been there before.
      await (isFirst ? loadSecrets(publication, drafts) : writeSecrets(publication, [...drafts], []))
      if (later.size > 0) await run(`insert into touched_fingerprint select * from unnest($1::uuid[]) on conflict do nothing`, [[...later]])
    },
  }
}

/** Summarises what lies in these pieces only, one after the other; what has to be summarised from all its places goes to `later`. */
function* draftPieces(
  { derivation, subjects, source }: Publication,
  pieces: readonly LinkedPiece[],
  changed: ChangedFingerprints,
  later: Set<string>,
): Generator<SecretDraft> {
  const done = new Set<string>()
  for (const piece of pieces) {
    const groups = new Map<string, { readonly uuid: string; readonly occurrences: LinkedOccurrence[] }>()
    for (const linked of piece.occurrences) {
      const group = groups.get(linked.fingerprint)
      if (group !== undefined) group.occurrences.push(linked)
      else groups.set(linked.fingerprint, { uuid: originOf(piece, linked).fingerprint, occurrences: [linked] })
    }
    for (const [fingerprint, { uuid, occurrences }] of groups) {
      if (changed !== 'all' && !changed.has(uuid)) continue
      if (piece.shared(uuid) || occurrences.length > STORAGE_LIMITS.secretOccurrencesMax) {
        later.add(uuid)
        continue
      }
      if (changed !== 'all') done.add(uuid)
      yield {
        fingerprint: uuid,
        facts: derivation.summarizeSecret(occurrences),
        occurrencesTotal: occurrences.length,
        takers: takerIds(subjects, piece, fingerprint),
        namespaces: [piece.namespace],
        clusters: [source.key],
      }
    }
  }
  // Others lie in these pieces no more.
  if (changed !== 'all') for (const uuid of changed) if (!done.has(uuid)) later.add(uuid)
}

/** Drafts that are scored and written down together; few, so that little of what they are made of lives long. */
const LOAD_DRAFTS = 250

/** Scores and writes secrets none of which can be current, so that nobody has to look. */
async function loadSecrets(publication: Publication, drafts: Iterator<SecretDraft>): Promise<void> {
  const { subjects, totals, sentences, parts, yieldTurn } = publication
  const rows = rowsFor({ columns: SECRETS })
  for (let some = take(drafts, LOAD_DRAFTS); some.length > 0; some = take(drafts, LOAD_DRAFTS)) {
    await resolveNames(subjects, some)
    const bodies = some.map((draft) => scoreDraft(publication, draft))
    await sentences.resolve(sharedSentences(bodies))
    for (const [index, draft] of some.entries()) {
      const body = bodies[index]
      if (body === undefined) continue
      const row = describeScored(publication, draft.fingerprint, body, subjectIds(subjects, draft))
      totals.note(row.subjects, row.rank)
      rows.add(valuesOf(publication, row))
      const turn = yieldTurn()
      if (turn !== undefined) await turn
    }
  }
  await parts.load('secret', SECRETS, rows)
}

function take(drafts: Iterator<SecretDraft>, count: number): SecretDraft[] {
  const some: SecretDraft[] = []
  while (some.length < count) {
    const next = drafts.next()
    if (next.done === true) break
    some.push(next.value)
  }
  return some
}

/** Scores drafts and writes those that differ from what is current; ends the secrets that `gone` names (fingerprints as uuid). */
export async function writeSecrets(publication: Publication, drafts: readonly SecretDraft[], gone: readonly string[]): Promise<void> {
  if (drafts.length === 0 && gone.length === 0) return
  const { run, subjects, totals, sentences, parts, number, yieldTurn } = publication
  await resolveNames(subjects, drafts)
  const scored = []
  for (const draft of drafts) {
    scored.push({ draft, body: scoreDraft(publication, draft) })
    const turn = yieldTurn()
    if (turn !== undefined) await turn
  }
  await sentences.resolve(sharedSentences(scored.map(({ body }) => body)))
  const wanted: SecretRow[] = []
  for (const { draft, body } of scored) {
    wanted.push(describeScored(publication, draft.fingerprint, body, subjectIds(subjects, draft)))
    const turn = yieldTurn()
    if (turn !== undefined) await turn
  }
  const current = await run<CurrentRow>(
    `select tableoid::regclass::text as part, ctid::text as tid, fingerprint as key, replace(hash::text, '-', '') as hash
     from secret where fingerprint = any(string_to_array($1, ',')::uuid[]) and valid_to = ${OPEN_END}`,
    [[...wanted.map((row) => row.key), ...gone].join(',')],
  )
  const { ended, begun } = differ(current, wanted)
  for (const row of begun) totals.note(row.subjects, row.rank)
  await endRows(run, ended, number)
  await parts.load(
    'secret',
    SECRETS,
    begun.map((row) => valuesOf(publication, row)),
  )
}

function valuesOf({ number }: Publication, row: SecretRow): readonly ColumnValue[] {
  return [number, row.key, row.hash, row.order, row.subjects, row.body, row.publicId]
}

const NOBODY: readonly string[] = []

/** Identities that a secret is known to be one of; a weak link is a candidate only. */
function ownersOf(facts: SecretFacts): readonly string[] {
  if (facts.links.length === 0) return NOBODY
  return facts.links.filter((link) => link.relation === 'belongs-to' && link.confidence !== 'weak').map((link) => link.target)
}

async function resolveNames(subjects: SubjectBook, drafts: readonly SecretDraft[]): Promise<void> {
  const [applications, identities, namespaces, clusters] = [new Set<string>(), new Set<string>(), new Set<string>(), new Set<string>()]
  const [kinds, providers] = [new Set<string>(), new Set<string>()]
  for (const draft of drafts) {
    const { facts } = draft
    for (const key of facts.applications) applications.add(key)
    for (const key of ownersOf(facts)) identities.add(key)
    for (const key of draft.namespaces) namespaces.add(key)
    for (const key of draft.clusters) clusters.add(key)
    kinds.add(facts.kind)
    providers.add(facts.provider)
  }
  await subjects.resolve('application', applications)
  await subjects.resolve('identity', identities)
  await subjects.resolve('namespace', namespaces)
  await subjects.resolve('cluster', clusters)
  await subjects.resolve('kind', kinds)
  await subjects.resolve('provider', providers)
}

function subjectIds(subjects: SubjectBook, { takers, facts, namespaces, clusters }: SecretDraft): number[] {
  const ids = new Set(takers)
  for (const key of facts.applications) ids.add(subjects.idOf('application', key))
  for (const key of ownersOf(facts)) ids.add(subjects.idOf('identity', key))
  for (const key of namespaces) ids.add(subjects.idOf('namespace', key))
  for (const key of clusters) ids.add(subjects.idOf('cluster', key))
  ids.add(subjects.idOf('kind', facts.kind)).add(subjects.idOf('provider', facts.provider))
  return inOrder(ids)
}

/** Facts with their levels, by the scan's clock. */
export function scoreDraft({ derivation, clock }: Publication, { facts, occurrencesTotal }: Pick<SecretDraft, 'facts' | 'occurrencesTotal'>): SecretBody {
  return { facts, score: derivation.scoreSecret(facts, clock), occurrencesTotal }
}

/** Makes the row. Reasons name dates and thresholds, so they stay true while facts, levels and policy do: these make a new version. */
export function describeScored({ sentences }: Publication, fingerprint: string, secret: SecretBody, subjects: readonly number[]): SecretRow {
  const { facts, score } = secret
  const { body, essence } = writeSecretBody(secret, (sentence) => sentences.numberOf(sentence))
  return {
    key: fingerprint,
    hash: hashOf(essence, subjects.join(',')),
    rank: rankOf(score.level),
    order: riskOrder({ level: score.level, factors: score.factors, createdAt: facts.createdAt }),
    publicId: facts.publicId === undefined ? null : storable(facts.publicId),
    subjects,
    body,
  }
}

const SECRETS: LoadTarget['columns'] = [
  ['valid_from', 'int4'],
  ['fingerprint', 'uuid'],
  ['hash', 'uuid'],
  ['risk_order', 'int8'],
  ['subjects', 'int4[]'],
  ['body', 'text'],
  ['public_id', 'text'],
]

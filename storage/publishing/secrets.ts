import { randomUUIDv7 } from 'node:crypto'
import type { SecretFacts } from '@mintmark/ledger/model'
import type { LoadTarget } from '../bulk/load.ts'
import { OPEN_END, STORAGE_LIMITS } from '../limits.ts'
import type { SecretBody } from '../schema/bodies.ts'
import { fingerprintUuid, hashOf, storable } from '../schema/hash.ts'
import { riskOrder } from '../schema/risk-order.ts'
import type { LinkedPiece } from './linked-piece.ts'
import type { Publication } from './publication.ts'
import type { SubjectName } from './subjects.ts'
import { differ, type CurrentRow, type WantedRow } from './versions.ts'
import { endRows } from './write-occurrences.ts'

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
  readonly order: string
  readonly publicId: string | null
  readonly subjects: readonly number[]
  readonly body: string
}

/** Writes secrets whose every occurrence is at hand; the others are put down for later. */
export interface SecretWriter {
  writePieces(pieces: readonly LinkedPiece[], changed: ReadonlySet<string>): Promise<void>
}

/** Makes the writer of one publication. */
export function openSecretWriter(publication: Publication): SecretWriter {
  const { run, derivation, subjects, source, yieldTurn } = publication
  return {
    async writePieces(pieces, changed) {
      const drafts: SecretDraft[] = []
      const later = new Set(changed)
      for (const piece of pieces) {
        const groups = Map.groupBy(
          piece.occurrences.filter((linked) => !piece.shared(fingerprintUuid(linked.fingerprint))),
          (linked) => fingerprintUuid(linked.fingerprint),
        )
        for (const [fingerprint, occurrences] of groups) {
          if (!changed.has(fingerprint) || occurrences.length > STORAGE_LIMITS.secretOccurrencesMax) continue
          later.delete(fingerprint)
          const takers = (piece.takers.get(fingerprint) ?? []).flatMap((taker) => [
            subjects.idOf('deployment', taker.key),
            subjects.idOf('application', taker.application),
          ])
          drafts.push({
            fingerprint,
            facts: derivation.summarizeSecret(occurrences),
            occurrencesTotal: occurrences.length,
            takers,
            namespaces: [piece.namespace],
            clusters: [source.key],
          })
          await yieldTurn()
        }
      }
      if (later.size > 0) await run(`insert into touched_fingerprint select * from unnest($1::uuid[]) on conflict do nothing`, [[...later]])
      await writeSecrets(publication, drafts, [])
    },
  }
}

/** Scores drafts and writes those that differ from what is current; ends the secrets that `gone` names (fingerprints as uuid). */
export async function writeSecrets(publication: Publication, drafts: readonly SecretDraft[], gone: readonly string[]): Promise<void> {
  if (drafts.length === 0 && gone.length === 0) return
  const { run, load, subjects, number, yieldTurn } = publication
  await subjects.resolve(drafts.flatMap(namesOf))
  const wanted: SecretRow[] = []
  for (const draft of drafts) {
    wanted.push(describeSecret(publication, draft))
    await yieldTurn()
  }
  const versions = await run<CurrentRow & { readonly id: string; readonly current: boolean }>(
    `select distinct on (fingerprint) ctid::text as tid, fingerprint as key, replace(hash::text, '-', '') as hash, id, valid_to = ${OPEN_END} as current
     from secret where fingerprint = any(string_to_array($1, ',')::uuid[]) order by fingerprint, valid_from desc`,
    [[...wanted.map((row) => row.key), ...gone].join(',')],
  )
  const { ended, begun } = differ(
    versions.filter((version) => version.current),
    wanted,
  )
  await endRows(run, 'secret', ended, number)
  // A secret that was here before keeps its id, also after a time of absence.
  const ids = new Map(versions.map((version) => [version.key, version.id]))
  await load(
    SECRETS,
    begun.map((row) => [number, row.key, ids.get(row.key) ?? randomUUIDv7(), row.hash, row.order, row.subjects, row.body, row.publicId]),
  )
}

/** Identities that a secret is known to be one of; a weak link is a candidate only. */
function ownersOf(facts: SecretFacts): string[] {
  return facts.links.filter((link) => link.relation === 'belongs-to' && link.confidence !== 'weak').map((link) => link.target)
}

function namesOf({ facts, namespaces, clusters }: SecretDraft): SubjectName[] {
  return [
    ...facts.applications.map((key): SubjectName => ({ kind: 'application', key })),
    ...ownersOf(facts).map((key): SubjectName => ({ kind: 'identity', key })),
    ...namespaces.map((key): SubjectName => ({ kind: 'namespace', key })),
    ...clusters.map((key): SubjectName => ({ kind: 'cluster', key })),
    { kind: 'kind', key: facts.kind },
    { kind: 'provider', key: facts.provider },
  ]
}

function describeSecret(publication: Publication, draft: SecretDraft): SecretRow {
  const { subjects } = publication
  const ids = new Set([...draft.takers, ...namesOf(draft).map((name) => subjects.idOf(name.kind, name.key))])
  return describeScored(
    publication,
    draft.fingerprint,
    draft.facts,
    draft.occurrencesTotal,
    [...ids].sort((a, b) => a - b),
  )
}

/** Scores facts and makes the row. Reasons name dates and thresholds, so they stay true while facts, levels and policy do: these make a new version. */
export function describeScored(
  { derivation, clock }: Publication,
  fingerprint: string,
  facts: SecretFacts,
  occurrencesTotal: number,
  subjects: readonly number[],
): SecretRow {
  const score = derivation.scoreSecret(facts, clock)
  const levels = score.factors.map((factor) => `${factor.name} ${factor.known ? factor.level : ''}`).join(',')
  // Facts are the larger part and are needed twice, so they are written once.
  const written = JSON.stringify(facts)
  const rest: Omit<SecretBody, 'facts'> = { score, occurrencesTotal }
  return {
    key: fingerprint,
    hash: hashOf(written, score.level, levels, score.policy, String(occurrencesTotal), subjects.join(',')),
    order: riskOrder({ level: score.level, factors: score.factors, createdAt: facts.createdAt }).toString(),
    publicId: facts.publicId === undefined ? null : storable(facts.publicId),
    subjects,
    body: `{"facts":${written},${JSON.stringify(rest).slice(1)}`,
  }
}

const SECRETS: LoadTarget = {
  table: 'secret',
  columns: [
    ['valid_from', 'int4'],
    ['fingerprint', 'uuid'],
    ['id', 'uuid'],
    ['hash', 'uuid'],
    ['risk_order', 'int8'],
    ['subjects', 'int4[]'],
    ['body', 'text'],
    ['public_id', 'text'],
  ],
}

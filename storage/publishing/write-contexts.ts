import type { IdentityObservation } from '@mintmark/contract/scan'
import type { LinkedDeployment } from '@mintmark/ledger/model'
import { OPEN_END, STORAGE_LIMITS } from '../limits.ts'
import { hashOf, storable } from '../schema/hash.ts'
import type { LinkedPiece } from './linked-piece.ts'
import type { Publication } from './publication.ts'
import type { SubjectName } from './subjects.ts'
import { differ, type CurrentRow, type WantedRow } from './versions.ts'
import { endRows } from './write-occurrences.ts'

interface DeploymentRow extends WantedRow {
  readonly namespace: string
  readonly application: number
  readonly name: string
  readonly grouping: { readonly name: string; readonly rule: string; readonly evidence: string }
  readonly body: string
}

interface IdentityRow extends WantedRow {
  readonly namespace: string
  readonly kind: string
  readonly name: string
  readonly body: string
}

/** Writes deployments and identities of the namespaces that are complete with these pieces, as far as they differ. */
export async function writeContexts(publication: Publication, pieces: readonly LinkedPiece[]): Promise<void> {
  const complete = pieces.filter((piece) => piece.complete)
  if (complete.length === 0) return
  await publication.subjects.resolve(complete.flatMap(namesOf))
  const namespaces = complete.map((piece) => piece.namespace)
  await writeDeployments(
    publication,
    namespaces,
    complete.flatMap((piece) => piece.deployments.map((deployment) => describeDeployment(publication, piece, deployment))),
  )
  await writeIdentities(
    publication,
    namespaces,
    complete.flatMap((piece) => piece.identities.map((identity) => describeIdentity(publication, piece, identity))),
  )
}

function namesOf(piece: LinkedPiece): SubjectName[] {
  return [
    ...piece.deployments.flatMap((deployment): SubjectName[] => [
      { kind: 'deployment', key: deployment.key },
      { kind: 'application', key: deployment.application },
    ]),
    ...piece.identities.map((identity): SubjectName => ({ kind: 'identity', key: identity.key })),
  ]
}

function describeDeployment({ subjects }: Publication, piece: LinkedPiece, deployment: LinkedDeployment): DeploymentRow {
  // Which secrets it takes stands with the secrets; here it would only make versions.
  const { secrets: _secrets, ...rest } = deployment
  const grouping = piece.grouping.get(deployment.key) ?? { name: deployment.application, rule: '', evidence: '' }
  const body = JSON.stringify(rest)
  return {
    key: String(subjects.idOf('deployment', deployment.key)),
    hash: hashOf(body, grouping.name, grouping.rule, grouping.evidence),
    namespace: piece.namespace,
    application: subjects.idOf('application', deployment.application),
    name: storable(deployment.name),
    grouping: { name: storable(grouping.name), rule: storable(grouping.rule), evidence: storable(grouping.evidence) },
    body,
  }
}

function describeIdentity({ subjects }: Publication, piece: LinkedPiece, identity: IdentityObservation): IdentityRow {
  const body = JSON.stringify(identity)
  const id = subjects.idOf('identity', identity.key)
  return { key: `${id} ${piece.namespace}`, hash: hashOf(body), namespace: piece.namespace, kind: storable(identity.kind), name: storable(identity.name), body }
}

async function writeDeployments({ run, source, number }: Publication, namespaces: readonly string[], wanted: readonly DeploymentRow[]): Promise<void> {
  const current = await run<CurrentRow & { application: number }>(
    `select ctid::text as tid, subject_id::text as key, replace(hash::text, '-', '') as hash, application_id as application
     from deployment where source_id = $1 and namespace = any($2::text[]) and valid_to = ${OPEN_END}`,
    [source.id, namespaces],
  )
  const { ended, begun } = differ(current, wanted)
  const endedTids = new Set(ended)
  const touched = new Set([...begun.map((row) => row.application), ...current.filter((row) => endedTids.has(row.tid)).map((row) => row.application)])
  await run(`insert into touched_application select * from unnest($1::int[]) on conflict do nothing`, [[...touched]])
  await endRows(run, 'deployment', ended, number)
  for (let start = 0; start < begun.length; start += STORAGE_LIMITS.batchRowsMax) {
    const rows = begun.slice(start, start + STORAGE_LIMITS.batchRowsMax)
    await run(
      `insert into deployment (source_id, valid_from, subject_id, application_id, namespace, name, application_name, application_rule, application_evidence, hash, body)
       select $1, $2, * from unnest($3::int[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::uuid[], $11::text[])`,
      [
        source.id,
        number,
        rows.map((row) => row.key),
        rows.map((row) => row.application),
        rows.map((row) => row.namespace),
        rows.map((row) => row.name),
        rows.map((row) => row.grouping.name),
        rows.map((row) => row.grouping.rule),
        rows.map((row) => row.grouping.evidence),
        rows.map((row) => row.hash),
        rows.map((row) => row.body),
      ],
    )
  }
}

async function writeIdentities({ run, source, number }: Publication, namespaces: readonly string[], wanted: readonly IdentityRow[]): Promise<void> {
  const current = await run<CurrentRow>(
    `select ctid::text as tid, subject_id || ' ' || namespace as key, replace(hash::text, '-', '') as hash
     from identity where source_id = $1 and namespace = any($2::text[]) and valid_to = ${OPEN_END}`,
    [source.id, namespaces],
  )
  const { ended, begun } = differ(current, wanted)
  await endRows(run, 'identity', ended, number)
  for (let start = 0; start < begun.length; start += STORAGE_LIMITS.batchRowsMax) {
    const rows = begun.slice(start, start + STORAGE_LIMITS.batchRowsMax)
    await run(
      `insert into identity (source_id, valid_from, subject_id, namespace, kind, name, hash, body)
       select $1, $2, * from unnest($3::int[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::text[])`,
      [
        source.id,
        number,
        rows.map((row) => row.key.slice(0, row.key.indexOf(' '))),
        rows.map((row) => row.namespace),
        rows.map((row) => row.kind),
        rows.map((row) => row.name),
        rows.map((row) => row.hash),
        rows.map((row) => row.body),
      ],
    )
  }
}

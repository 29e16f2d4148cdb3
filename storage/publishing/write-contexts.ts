import type { IdentityObservation } from '@mintmark/contract/scan'
import type { LinkedDeployment } from '@mintmark/ledger/model'
import type { LoadTarget } from '../bulk/load.ts'
import { OPEN_END } from '../limits.ts'
import { hashOf, storable } from '../schema/hash.ts'
import type { LinkedPiece } from './linked-piece.ts'
import type { Publication } from './publication.ts'
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
  await resolveNames(publication, complete)
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

async function resolveNames({ subjects }: Publication, pieces: readonly LinkedPiece[]): Promise<void> {
  const deployments = pieces.flatMap((piece) => piece.deployments)
  await subjects.resolve(
    'deployment',
    deployments.map((deployment) => deployment.key),
  )
  await subjects.resolve('application', new Set(deployments.map((deployment) => deployment.application)))
  await subjects.resolve('identity', new Set(pieces.flatMap((piece) => piece.identities.map((identity) => identity.key))))
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

async function writeDeployments(
  { run, load, source, number, isFirst }: Publication,
  namespaces: readonly string[],
  wanted: readonly DeploymentRow[],
): Promise<void> {
  const current = isFirst
    ? []
    : await run<CurrentRow & { application: number }>(
        `select 'deployment' as part, ctid::text as tid, subject_id::text as key, replace(hash::text, '-', '') as hash, application_id as application
         from deployment where source_id = $1 and namespace = any($2::text[]) and valid_to = ${OPEN_END}`,
        [source.id, namespaces],
      )
  const { ended, begun } = differ(current, wanted)
  const touched = new Set([...begun, ...ended].map((row) => row.application))
  await run(`insert into touched_application select * from unnest($1::int[]) on conflict do nothing`, [[...touched]])
  await endRows(run, ended, number)
  await load(
    DEPLOYMENTS,
    begun.map((row) => {
      const { name, rule, evidence } = row.grouping
      return [source.id, number, row.key, row.application, row.namespace, row.name, name, rule, evidence, row.hash, row.body]
    }),
  )
}

async function writeIdentities(
  { run, load, source, number, isFirst }: Publication,
  namespaces: readonly string[],
  wanted: readonly IdentityRow[],
): Promise<void> {
  const current = isFirst
    ? []
    : await run<CurrentRow>(
        `select 'identity' as part, ctid::text as tid, subject_id || ' ' || namespace as key, replace(hash::text, '-', '') as hash
         from identity where source_id = $1 and namespace = any($2::text[]) and valid_to = ${OPEN_END}`,
        [source.id, namespaces],
      )
  const { ended, begun } = differ(current, wanted)
  await endRows(run, ended, number)
  await load(
    IDENTITIES,
    begun.map((row) => [source.id, number, row.key.slice(0, row.key.indexOf(' ')), row.namespace, row.kind, row.name, row.hash, row.body]),
  )
}

const DEPLOYMENTS: LoadTarget = {
  table: 'deployment',
  columns: [
    ['source_id', 'int4'],
    ['valid_from', 'int4'],
    ['subject_id', 'int4'],
    ['application_id', 'int4'],
    ['namespace', 'text'],
    ['name', 'text'],
    ['application_name', 'text'],
    ['application_rule', 'text'],
    ['application_evidence', 'text'],
    ['hash', 'uuid'],
    ['body', 'text'],
  ],
}

const IDENTITIES: LoadTarget = {
  table: 'identity',
  columns: [
    ['source_id', 'int4'],
    ['valid_from', 'int4'],
    ['subject_id', 'int4'],
    ['namespace', 'text'],
    ['kind', 'text'],
    ['name', 'text'],
    ['hash', 'uuid'],
    ['body', 'text'],
  ],
}

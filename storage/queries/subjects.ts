import { uuidOf, type SubjectKind } from '../schema/codes.ts'
import { hashOf } from '../schema/hash.ts'
import type { Run } from './run.ts'

/** What is known of a subject at all, in whatever scan. */
export interface SubjectRow {
  readonly id: number
  readonly key: string
  readonly public_id: string
}

/** By public id (for applications, deployments and identities) or by natural key. */
export async function findSubject(run: Run, kind: SubjectKind, idOrKey: string): Promise<SubjectRow | undefined> {
  const uuid = kind === 'application' || kind === 'deployment' || kind === 'identity' ? uuidOf(kind, idOrKey) : undefined
  const [row] = await run<SubjectRow>(`select id, key, public_id from subject where ${uuid === undefined ? 'key_hash' : 'public_id'} = $1`, [
    uuid ?? hashOf(kind, idOrKey),
  ])
  return row
}

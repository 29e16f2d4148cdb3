import type { KeysetRecord, KeysetsSnapshot, KeysetStore } from '@mintmark/mint/authority'
import type { Run } from '../queries/run.ts'
import { readBody } from '../schema/bodies.ts'

interface Keysets {
  readonly revision: string
  readonly body: string
}

/** Keysets of trust domains: one row each, changed by compare-and-swap. */
export function openKeysetStore(run: Run): KeysetStore {
  return {
    async load(trustDomain) {
      const [row] = await run<Keysets>(`select revision, body from keysets where trust_domain = $1`, [trustDomain])
      return row === undefined ? { revision: 0n, keysets: [] } : describe(row)
    },
    async replace(trustDomain, expectedRevision, keysets, revisionAtLeast = 0n) {
      const body = JSON.stringify(keysets)
      const [row] =
        expectedRevision === 0n
          ? await run<Keysets>(
              `insert into keysets (trust_domain, revision, body) values ($1, greatest(1, $3::bigint), $2) on conflict do nothing returning revision, body`,
              [trustDomain, body, String(revisionAtLeast)],
            )
          : await run<Keysets>(
              `update keysets set revision = greatest(revision + 1, $4::bigint), body = $3 where trust_domain = $1 and revision = $2 returning revision, body`,
              [trustDomain, String(expectedRevision), body, String(revisionAtLeast)],
            )
      return row === undefined ? undefined : describe(row)
    },
  }
}

function describe(row: Keysets): KeysetsSnapshot {
  return { revision: BigInt(row.revision), keysets: readBody<readonly KeysetRecord[]>(row.body) }
}

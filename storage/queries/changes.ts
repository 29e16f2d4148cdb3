import { LIMITS } from '@mintmark/contract/scan'
import type { ScanChange } from '../store.ts'

/** One version of an entity as a comparison sees it. */
export interface Described {
  readonly key: string
  readonly name: string
  /** What people are told about, in words; fields that only machines care about are left out. */
  readonly fields: Readonly<Record<string, string>>
}

/** Says what became of an entity between two times; nothing when no field of interest differs. */
export function describeDifference(entity: ScanChange['entity'], before: Described | undefined, after: Described | undefined): ScanChange[] {
  if (before === undefined) return after === undefined ? [] : [{ change: 'added', entity, key: after.key, name: after.name, details: [] }]
  if (after === undefined) return [{ change: 'removed', entity, key: before.key, name: before.name, details: [] }]
  const names = [...new Set([...Object.keys(before.fields), ...Object.keys(after.fields)])]
  const details = names.flatMap((name) => {
    const [old, now] = [before.fields[name] ?? 'none', after.fields[name] ?? 'none']
    return old === now ? [] : [`${name}: ${old} -> ${now}`.slice(0, LIMITS.sentenceCharsMax)]
  })
  return details.length === 0 ? [] : [{ change: 'changed', entity, key: after.key, name: after.name, details }]
}

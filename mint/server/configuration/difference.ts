import { isDeepStrictEqual } from 'node:util'
import { isRecord } from '@mintmark/mint/attestation'
import type { Sections } from './documents.ts'
import { pointerOf } from './sections.ts'

/** One place that differs between two versions. */
export interface ConfigurationChange {
  readonly change: 'added' | 'removed' | 'changed'
  readonly section: string
  /** JSON pointer inside the spec; empty for the whole of it. */
  readonly pointer: string
  readonly before?: unknown
  readonly after?: unknown
}

const CHANGES_MAX = 1_000

/** What makes `after` out of `before`: the smallest places that differ; at most a thousand of them. */
export function differenceOf(before: Sections, after: Sections): readonly ConfigurationChange[] {
  const changes: ConfigurationChange[] = []
  for (const section of [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()) {
    const old = before[section]
    const next = after[section]
    if (old === undefined && next !== undefined) changes.push({ change: 'added', section, pointer: '', after: next.spec })
    else if (old !== undefined && next === undefined) changes.push({ change: 'removed', section, pointer: '', before: old.spec })
    else compare(old?.spec, next?.spec, [], section, changes)
  }
  return changes.slice(0, CHANGES_MAX)
}

function compare(before: unknown, after: unknown, path: readonly (string | number)[], section: string, changes: ConfigurationChange[]): void {
  if (changes.length >= CHANGES_MAX || isDeepStrictEqual(before, after)) return
  const isPair = (isRecord(before) && isRecord(after)) || (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
  if (!isPair) {
    changes.push({ change: 'changed', section, pointer: pointerOf(path), before, after })
    return
  }
  const old = new Map<string, unknown>(Object.entries(before))
  const next = new Map<string, unknown>(Object.entries(after))
  for (const key of new Set([...old.keys(), ...next.keys()])) {
    const place = [...path, key]
    if (!old.has(key)) changes.push({ change: 'added', section, pointer: pointerOf(place), after: next.get(key) })
    else if (!next.has(key)) changes.push({ change: 'removed', section, pointer: pointerOf(place), before: old.get(key) })
    else compare(old.get(key), next.get(key), place, section, changes)
  }
}

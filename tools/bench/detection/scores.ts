import type { TruthRow } from './generator/index.ts'
import type { Judged, MatchedObject } from './matching.ts'

/** Counts of one group of rows: a place, a type, or all. */
export interface Counts {
  planted: number
  /** Found as the right type. */
  typed: number
  /** Found, but called something else. */
  untyped: number
  /** Hits on rows or on text where no secret is. */
  falseHits: number
}

const emptyCounts = (): Counts => ({ planted: 0, typed: 0, untyped: 0, falseHits: 0 })

export interface Scores {
  readonly total: Counts
  readonly byPlace: ReadonlyMap<string, Counts>
  readonly byType: ReadonlyMap<string, Counts>
  readonly byStyle: ReadonlyMap<string, Counts>
  /** Hard negatives by class: how many were planted, how many were reported as secrets. */
  readonly negatives: ReadonlyMap<string, { planted: number; reported: number }>
  /** Public halves of credentials: planted and found. */
  readonly identifiers: { readonly planted: number; readonly found: number }
}

function at<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

/** A secret reported where none is. Debatable rows and public halves count neither way. */
export function isFalseHit({ hit, row }: Judged): boolean {
  return hit.role === 'secret' && (row === undefined || row.expected === 'nothing' || row.expected === 'reference')
}

/** Counts what was found, per place, type and file style. */
export function score(matched: Iterable<MatchedObject>): Scores {
  const total = emptyCounts()
  const [byPlace, byType, byStyle] = [new Map<string, Counts>(), new Map<string, Counts>(), new Map<string, Counts>()]
  const negatives = new Map<string, { planted: number; reported: number }>()
  const identifiers = { planted: 0, found: 0 }
  for (const { rows, judged } of matched) {
    const byRow = new Map<TruthRow, Judged[]>()
    for (const item of judged) if (item.row !== undefined) byRow.set(item.row, [...(byRow.get(item.row) ?? []), item])
    for (const row of rows) {
      const hits = (byRow.get(row) ?? []).filter(({ hit }) => hit.role === 'secret')
      if (row.negative !== undefined && row.expected !== 'either') {
        const counts = at(negatives, row.negative, () => ({ planted: 0, reported: 0 }))
        counts.planted += 1
        if (hits.length > 0) counts.reported += 1
      }
      if (row.expected === 'identifier') {
        identifiers.planted += 1
        if ((byRow.get(row) ?? []).length > 0) identifiers.found += 1
      }
      if (row.expected !== 'secret') continue
      for (const counts of [total, at(byPlace, row.place, emptyCounts), at(byType, row.type, emptyCounts), at(byStyle, row.style, emptyCounts)]) {
        counts.planted += 1
        if (hits.some(({ isTyped }) => isTyped)) counts.typed += 1
        else if (hits.length > 0) counts.untyped += 1
      }
    }
    for (const item of judged.filter(isFalseHit)) {
      total.falseHits += 1
      at(byPlace, item.row?.place ?? 'elsewhere', emptyCounts).falseHits += 1
      at(byType, item.hit.kind, emptyCounts).falseHits += 1
    }
  }
  return { total, byPlace, byType, byStyle, negatives, identifiers }
}

/** Found in any way, of what was planted. */
export const recall = (counts: Counts): number => (counts.planted === 0 ? 1 : (counts.typed + counts.untyped) / counts.planted)

/** Found as the right type, of what was planted. */
export const typedRecall = (counts: Counts): number => (counts.planted === 0 ? 1 : counts.typed / counts.planted)

/** True hits of all hits. */
export function precision(counts: Counts): number {
  const found = counts.typed + counts.untyped
  return found + counts.falseHits === 0 ? 1 : found / (found + counts.falseHits)
}

/** Agreement of fingerprints with equal values, over pairs of found occurrences. */
export function linkageF1(matched: Iterable<MatchedObject>): { readonly f1: number; readonly pairs: number } {
  const values = new Map<string, Map<string, number>>()
  const [byValue, byFingerprint] = [new Map<string, number>(), new Map<string, number>()]
  const seen = new Set<number>()
  for (const { rows, judged } of matched) {
    for (const row of rows) if (row.expected === 'secret') byValue.set(row.valueId, (byValue.get(row.valueId) ?? 0) + 1)
    for (const { hit, row } of judged) {
      if (row?.expected !== 'secret' || hit.role !== 'secret' || hit.fingerprint === undefined || seen.has(row.id)) continue
      seen.add(row.id)
      byFingerprint.set(hit.fingerprint, (byFingerprint.get(hit.fingerprint) ?? 0) + 1)
      const inner = at(values, row.valueId, () => new Map<string, number>())
      inner.set(hit.fingerprint, (inner.get(hit.fingerprint) ?? 0) + 1)
    }
  }
  const pairs = (count: number): number => (count * (count - 1)) / 2
  const sum = (counts: Iterable<number>): number => [...counts].reduce((all, count) => all + pairs(count), 0)
  const right = [...values.values()].reduce((all, inner) => all + sum(inner.values()), 0)
  const [wanted, claimed] = [sum(byValue.values()), sum(byFingerprint.values())]
  return { f1: wanted + claimed === 0 ? 1 : (2 * right) / (wanted + claimed), pairs: wanted }
}

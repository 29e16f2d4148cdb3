import type { Confidence } from '@mintmark/contract/scan'
import { CONFIDENCES } from '@mintmark/contract/scan/plain'

/** Code-unit order: the same on every machine and in every locale (law 4). */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Surest first. */
export function compareConfidence(a: Confidence, b: Confidence): number {
  return CONFIDENCES.indexOf(a) - CONFIDENCES.indexOf(b)
}

/** One step less sure; `weak` stays weak. */
export function lowerConfidence(confidence: Confidence): Confidence {
  return CONFIDENCES[CONFIDENCES.indexOf(confidence) + 1] ?? 'weak'
}

/** Distinct texts in code-unit order. */
export function sortedDistinct(texts: Iterable<string>): string[] {
  return [...new Set(texts)].toSorted(compareText)
}

/** Adds to a list inside a map, making the list at first use. */
export function pushTo<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

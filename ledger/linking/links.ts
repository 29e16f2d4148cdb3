import type { Link } from '@mintmark/contract/scan'
import { LIMITS } from '@mintmark/contract/scan/plain'
import { compareConfidence, compareText, sortedDistinct } from './order.ts'

/** Sentences of evidence that one link keeps; the same fact seen in a thousand places needs no thousand sentences. */
const EVIDENCE_MAX = 16

/** One link per relation and target: the surest of all, with the evidence of all. Sorted by relation, sureness and target, and cut at the limit of lists. */
export function mergeLinks(links: readonly Link[]): readonly Link[] {
  if (links.length === 0) return links
  const groups = new Map<string, { link: Link; evidence: Set<string> }>()
  for (const link of links) {
    const key = `${link.relation} ${link.target}`
    const known = groups.get(key)
    if (known === undefined) {
      groups.set(key, { link, evidence: new Set(link.evidence) })
      continue
    }
    for (const sentence of link.evidence) known.evidence.add(sentence)
    if (compareConfidence(link.confidence, known.link.confidence) < 0) known.link = link
  }
  return [...groups.values()]
    .map(({ link, evidence }) => ({ ...link, evidence: sortedDistinct(evidence).slice(0, EVIDENCE_MAX) }))
    .toSorted((a, b) => compareText(a.relation, b.relation) || compareConfidence(a.confidence, b.confidence) || compareText(a.target, b.target))
    .slice(0, LIMITS.listItemsMax)
}

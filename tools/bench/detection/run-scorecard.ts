import { randomBytes } from 'node:crypto'
import { type FingerprintKey, createDetector, fingerprintKeyOf } from '@mintmark/ledger/detection'
import type { Corpus } from './corpus.ts'
import { scanWithDetector } from './detector-scan.ts'
import { type ConnectorResult, scanManifests } from './connector-scan.ts'
import type { Hit } from './hit.ts'
import { type MatchedObject, hitsByObject, matchObject } from './matching.ts'

/** Judges all hits of one scanner. */
export function matchCorpus(corpus: Corpus, hits: readonly Hit[]): MatchedObject[] {
  const grouped = hitsByObject(hits)
  return corpus.objects.map((object, index) => matchObject(object, corpus.truth[index] ?? [], grouped.get(corpus.names[index] ?? '') ?? []))
}

/** A key for one run; fingerprints of a bench are compared with nothing. */
export function benchKey(): FingerprintKey {
  return fingerprintKeyOf(randomBytes(32))
}

/** What the product makes of a corpus: judged hits, its inventory, and every line that would leave the scanner. */
export interface ProductScore {
  readonly matched: readonly MatchedObject[]
  readonly result: ConnectorResult
}

/** The product over a corpus by its own path: manifests, connector, detector, inventory. */
export async function scoreProduct(corpus: Corpus): Promise<ProductScore> {
  const key = benchKey()
  const result = await scanManifests(corpus.seed, corpus.requested, createDetector({ key }), key)
  return { matched: matchCorpus(corpus, result.hits), result }
}

/** The detector alone over a corpus, without connector and linking. */
export function scoreDetector(corpus: Corpus): readonly MatchedObject[] {
  return matchCorpus(corpus, scanWithDetector(createDetector({ key: benchKey() }), corpus.objects).hits)
}

/** Shorter values stand in other texts by chance; so do plain words, which are names of software too. */
const LEAK_CHARS_MIN = 8

/** Planted secrets whose value, or its base64, hexadecimal or percent-encoded form, stands in a text; must be empty. */
export function leakedRows(corpus: Corpus, output: string): number[] {
  const leaked: number[] = []
  for (const row of corpus.truth.flat()) {
    if (row.expected !== 'secret' || row.value.length < LEAK_CHARS_MIN || /^[a-z]+$/.test(row.value)) continue
    const forms = [row.value, row.raw, Buffer.from(row.value).toString('base64'), Buffer.from(row.value).toString('hex'), encodeURIComponent(row.value)]
    if (forms.some((form) => output.includes(form))) leaked.push(row.id)
  }
  return leaked
}

import type { ScanEvent, ScanReport } from '@mintmark/contract/scan'
import { writeText, type Output } from '../program/context.ts'
import { paintFor } from '../report/colors.ts'
import { cleanText, countOf } from '../report/text.ts'
import { fieldWords, gapWords, objectWords, publicWords, secretTitle } from '../report/words.ts'
import type { ScanSink } from './sink.ts'

type Found = Extract<Extract<ScanEvent, { type: 'observation' }>['observation'], { entity: 'occurrence' }>

/** Prints each change of a watched cluster as it happens: one line per object, one per secret in it. */
export function createChangesSink(output: Output, drawing: { readonly color: boolean }, now: () => Date, before?: ScanReport): ScanSink {
  const paint = paintFor(drawing.color)
  const known = new Set(before?.secrets.map((secret) => secret.key))
  let events: ScanEvent[] = []
  return {
    begin() {
      events = []
    },
    take(event) {
      events.push(event)
    },
    async end() {
      const time = paint.dim(now().toISOString().slice(11, 19))
      const lines = events.flatMap((event) => {
        if (event.type !== 'coverage') return []
        const found = occurrencesIn(events, event.collection, event.scope.namespace, event.scope.object)
        const object = [event.scope.namespace, event.collection, event.scope.object].filter((part) => part !== undefined && part !== '').join('/')
        if (event.coverage.state !== 'complete') return [`${time} ${paint.warning(cleanText(gapWords(event)))}`]
        const title = event.objects === 0 ? `${object} is gone` : `${object}: ${countOf(found.length, 'secret')}`
        return [`${time} ${paint.bold(cleanText(title))}`, ...found.map((occurrence) => `         ${describe(occurrence, known)}`)]
      })
      if (lines.length > 0) await writeText(output, `${lines.join('\n')}\n`)
      for (const { finding } of occurrencesIn(events)) known.add(finding.fingerprint)
    },
  }
}

function occurrencesIn(events: readonly ScanEvent[], collection?: string, namespace?: string, object?: string): Found[] {
  return events.flatMap((event) => {
    if (event.type !== 'observation' || event.observation.entity !== 'occurrence' || event.observation.finding.role !== 'secret') return []
    const isThere = collection === undefined || (event.collection === collection && event.namespace === namespace && event.object === object)
    return isThere ? [event.observation] : []
  })
}

function describe({ finding, object, path, entry, field, position }: Found, known: ReadonlySet<string>): string {
  const secret = {
    kind: finding.kind,
    provider: finding.provider,
    attributes: finding.attributes,
    ...(finding.publicId === undefined ? {} : { publicId: finding.publicId }),
  }
  const place = { namespace: object.namespace, object, path, key: entry, position, ...(field === undefined ? {} : { field }) }
  const words = [secretTitle(secret), publicWords(secret), `in ${objectWords(place)} ${fieldWords(place)}`].filter((part) => part !== '')
  return cleanText(`${known.has(finding.fingerprint) ? 'known' : 'new'}  ${words.join(' ')}`)
}

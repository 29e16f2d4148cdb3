import type { Occurrence, ScanReport } from '@mintmark/contract/scan'
import type { TruthRow } from './generator/index.ts'
import type { Hit } from './hit.ts'
import type { MatchedObject } from './matching.ts'

/** Rights and wrongs of one judgement of the inventory. */
export interface Tally {
  right: number
  wrong: number
  /** The inventory says nothing. */
  silent: number
}

const emptyTally = (): Tally => ({ right: 0, wrong: 0, silent: 0 })

/** Right ones of all. */
export function accuracy({ right, wrong, silent }: Tally): number {
  return right + wrong + silent === 0 ? 1 : right / (right + wrong + silent)
}

const placeOf = (object: string, path: string, field: string | undefined, line: number, column: number): string =>
  `${object}|${path}|${field ?? ''}|${line}:${column}`

function* foundRows(matched: readonly MatchedObject[]): Generator<{ readonly row: TruthRow; readonly hit: Hit }> {
  for (const { judged } of matched) {
    for (const { row, hit } of judged) if (row?.expected === 'secret' && hit.role === 'secret') yield { row, hit }
  }
}

/** Whether each found secret is called used, mounted, historic or without a consumer as the corpus made it, and used by whom. */
export function usageScore(matched: readonly MatchedObject[], report: ScanReport): { readonly verdict: Tally; readonly consumers: Tally } {
  const occurrences = new Map<string, Occurrence>()
  for (const occurrence of report.secrets.flatMap((secret) => secret.occurrences)) {
    const { kind, name } = occurrence.object
    occurrences.set(
      placeOf(`${kind}/${occurrence.namespace}/${name}`, occurrence.path, occurrence.field, occurrence.position.line, occurrence.position.column),
      occurrence,
    )
  }
  const [verdict, consumers] = [emptyTally(), emptyTally()]
  for (const { row, hit } of foundRows(matched)) {
    if (row.usage === undefined) continue
    const found = occurrences.get(placeOf(hit.object, hit.path ?? '', hit.field, hit.position?.line ?? 0, hit.position?.column ?? 0))
    if (found === undefined) verdict.silent += 1
    else verdict[found.usage === row.usage ? 'right' : 'wrong'] += 1
    if (row.consumers.length === 0 || found === undefined) continue
    const names = new Set(found.consumers.map(({ deployment }) => deployment.split('/').slice(-2).join('/')))
    consumers[row.consumers.length === names.size && row.consumers.every((name) => names.has(name)) ? 'right' : 'wrong'] += 1
  }
  return { verdict, consumers }
}

/** Whether each secret of a multi-part credential is linked to exactly the identity that its public half names. */
export function pairingScore(matched: readonly MatchedObject[], report: ScanReport): Tally {
  const secrets = new Map(report.secrets.map((secret) => [secret.key, secret]))
  const tally = emptyTally()
  for (const { row, hit } of foundRows(matched)) {
    if (row.identity === undefined) continue
    const owners = new Set((secrets.get(hit.fingerprint ?? '')?.links ?? []).filter(({ relation }) => relation === 'belongs-to').map(({ target }) => target))
    if (owners.size === 0) tally.silent += 1
    else tally[owners.size === 1 && owners.has(row.identity) ? 'right' : 'wrong'] += 1
  }
  return tally
}

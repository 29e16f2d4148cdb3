import { type Counts, type Scores, precision, recall, typedRecall } from './scores.ts'

/** One scanner over one view. */
export interface Column {
  readonly name: string
  readonly scores: Scores
}

const share = (value: number): string =>
  value
    .toFixed(2)
    .replace(/^0\./, '.')
    .replace(/^1\.00$/, '1')

/** A Markdown table; every cell is text already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map((_, index) => (index === 0 ? '---' : '---:')).join('|')}|`, ...rows.map(line)].join('\n')
}

function countsRow(name: string, counts: Counts): string[] {
  return [
    name,
    `${counts.planted}`,
    `${counts.typed}`,
    `${counts.untyped}`,
    `${counts.falseHits}`,
    share(typedRecall(counts)),
    share(recall(counts)),
    share(precision(counts)),
  ]
}

const COUNTS_HEAD = ['', 'planted', 'right type', 'other type', 'false hits', 'typed recall', 'recall', 'precision']

/** Counts of one scanner, one row per group, largest first. */
export function countsTable(groups: ReadonlyMap<string, Counts>, total: Counts): string {
  const rows = [...groups].toSorted(([, left], [, right]) => right.planted - left.planted || right.falseHits - left.falseHits)
  return table(COUNTS_HEAD, [...rows.map(([name, counts]) => countsRow(name, counts)), countsRow('**all**', total)])
}

/** All scanners side by side. */
export function comparisonTable(columns: readonly Column[]): string {
  return table(
    COUNTS_HEAD,
    columns.map(({ name, scores }) => countsRow(name, scores.total)),
  )
}

/** Recall per place of every scanner. */
export function placeComparison(columns: readonly Column[]): string {
  const places = [...(columns[0]?.scores.byPlace ?? [])].filter(([, { planted }]) => planted > 0).map(([place]) => place)
  return table(
    ['place', ...columns.map(({ name }) => `${name} recall`)],
    places.map((place) => [
      place,
      ...columns.map(({ scores }) => share(recall(scores.byPlace.get(place) ?? { planted: 0, typed: 0, untyped: 0, falseHits: 0 }))),
    ]),
  )
}

/** Share of each class of hard negatives that was not reported. */
export function negativesTable(scores: Scores): string {
  return table(
    ['class', 'planted', 'reported as secret', 'rejected'],
    [...scores.negatives]
      .toSorted(([, left], [, right]) => right.planted - left.planted)
      .map(([name, { planted, reported }]) => [name, `${planted}`, `${reported}`, share(1 - reported / planted)]),
  )
}

import Table from 'cli-table3'
import { paintFor } from '../report/colors.ts'
import { cleanText, cutMiddle, widthOf } from '../report/text.ts'
import type { Level } from '@mintmark/contract/scan'
import { drawingOf, writeText, type Context } from './context.ts'

/** A column of a list: its title and what stands in it. Cells are foreign text; they are cleaned here. */
export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => string
  /** Columns below which it is not squeezed. */
  readonly widthMin?: number
}

/** What a list command prints. */
export interface RowsToPrint<Row> {
  readonly items: readonly Row[]
  readonly more: boolean
  readonly columns: readonly Column<Row>[]
  /** Said when there is nothing. */
  readonly none: string
}

const GAP = 2
const WIDTH_MIN = 6
const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(GAP),
} as const

/** Prints rows as a table, or as JSON with `items` and `more`. */
export async function printRows<Row>(context: Context, format: 'table' | 'json', rows: RowsToPrint<Row>): Promise<void> {
  if (format === 'json') return await printJson(context, { items: rows.items, more: rows.more })
  if (rows.items.length === 0) return await writeText(context.stdout, `${rows.none}\n`)
  const { color, width } = drawingOf(context.stdout, context.env)
  const paint = paintFor(color)
  // Programs and files get whole names; a terminal gets what fits.
  const layout = fitRows(rows.columns, rows.items, context.stdout.isTTY === true ? width : Number.POSITIVE_INFINITY)
  const table = new Table({ chars: NO_LINES, colWidths: layout.widths, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 } })
  table.push(layout.titles.map((title) => paint.dim(title)))
  for (const { cells, below } of layout.rows) {
    table.push(cells.map((cell, index) => paintLevel(cutMiddle(cell, layout.widths[index] ?? WIDTH_MIN), paint)))
    if (below !== undefined) table.push([{ content: paint.dim(`  ${below}`), colSpan: cells.length }])
  }
  const lines = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
  await writeText(context.stdout, `${lines.join('\n')}\n${rows.more ? `${paint.dim('… there is more: --limit N or --all')}\n` : ''}`)
}

/** Prints a value as indented JSON. */
export async function printJson(context: Context, value: unknown): Promise<void> {
  await writeText(context.stdout, `${JSON.stringify(value, undefined, 2)}\n`)
}

const LEVELS: Readonly<Record<string, Level>> = { Critical: 'Critical', High: 'High', Medium: 'Medium', Low: 'Low', Unknown: 'Unknown' }

function paintLevel(cell: string, paint: ReturnType<typeof paintFor>): string {
  const level = LEVELS[cell]
  return level === undefined ? cell : paint.level(level, cell)
}

interface Layout {
  readonly titles: readonly string[]
  readonly widths: number[]
  readonly rows: readonly { readonly cells: readonly string[]; readonly below: string | undefined }[]
}

/**
 * Every column as wide as its content. When that is too much, the last column, the id, moves below its row, so that it can still be
 * copied whole; and when that is not enough, the widest of the others give way.
 */
function fitRows<Row>(columns: readonly Column<Row>[], items: readonly Row[], width: number): Layout {
  const titles = columns.map((column) => column.title)
  const all = items.map((row) => columns.map((column) => cleanText(column.cell(row))))
  const natural = titles.map((title, index) => Math.max(widthOf(title), ...all.map((row) => widthOf(row[index] ?? ''))))
  const isWide = sum(natural) + GAP * (titles.length - 1) > width
  if (!isWide || titles.at(-1) !== 'ID') return { titles, widths: squeeze(columns, natural, width), rows: all.map((cells) => ({ cells, below: undefined })) }
  return {
    titles: titles.slice(0, -1),
    widths: squeeze(columns.slice(0, -1), natural.slice(0, -1), width),
    rows: all.map((cells) => ({ cells: cells.slice(0, -1), below: cells.at(-1) })),
  }
}

function squeeze<Row>(columns: readonly Column<Row>[], natural: readonly number[], width: number): number[] {
  const widths = [...natural]
  for (let over = sum(widths) + GAP * (widths.length - 1) - width; over > 0; over -= 1) {
    const squeezable = widths.map((one, index) => (one > Math.max(WIDTH_MIN, columns[index]?.widthMin ?? 0) ? one : 0))
    const widest = Math.max(...squeezable)
    if (widest === 0) break
    widths[squeezable.indexOf(widest)] = widest - 1
  }
  return widths
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

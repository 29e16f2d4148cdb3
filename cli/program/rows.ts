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
  const cells = rows.items.map((row) => rows.columns.map((column) => cleanText(column.cell(row))))
  const widths = fitWidths(rows.columns, cells, width)
  const table = new Table({ chars: NO_LINES, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 } })
  table.push(rows.columns.map((column, index) => paint.dim(column.title.padEnd(widths[index] ?? 0))))
  for (const row of cells) {
    table.push(row.map((cell, index) => paintLevel(cutMiddle(cell, widths[index] ?? WIDTH_MIN), paint)))
  }
  const lines = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
  await writeText(context.stdout, `${lines.join('\n')}\n${rows.more ? paint.dim('… there is more: --limit N or --all') + '\n' : ''}`)
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

/** Every column as wide as its content; when that is too much, the widest give way first. */
function fitWidths<Row>(columns: readonly Column<Row>[], cells: readonly (readonly string[])[], width: number): number[] {
  const widths = columns.map((column, index) => Math.max(widthOf(column.title), ...cells.map((row) => widthOf(row[index] ?? ''))))
  const room = width - GAP * (columns.length - 1)
  for (let over = widths.reduce((sum, one) => sum + one, 0) - room; over > 0; over -= 1) {
    const squeezable = widths.map((one, index) => (one > Math.max(WIDTH_MIN, columns[index]?.widthMin ?? 0) ? one : 0))
    const widest = Math.max(...squeezable)
    if (widest === 0) break
    const index = squeezable.indexOf(widest)
    widths[index] = widest - 1
  }
  return widths
}

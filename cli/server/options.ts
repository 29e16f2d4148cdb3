import { InvalidArgumentError, Option } from 'commander'

/** Which page of a list is wanted. */
export interface PageOptions {
  readonly limit?: number
  readonly all?: boolean
}

/** Which control plane is asked. */
export interface ServerOptions {
  readonly server?: string
}

/** How rows are printed. */
export interface FormatOptions {
  readonly o: 'table' | 'json'
}

/** `--limit` and `--all`, the same on every list. */
export function pageOptions(): Option[] {
  return [
    new Option('--limit <rows>', 'most rows to print (default: 50)').argParser(parseRows),
    new Option('--all', 'print every row, however many pages that takes').conflicts('limit'),
  ]
}

/** `--server`, for those who are signed in to more than one control plane. */
export function serverOptions(): Option[] {
  return [new Option('--server <url>', 'control plane to ask (default: where spirlctl login went last)').env('MINTMARK_SERVER')]
}

function parseRows(text: string): number {
  const rows = Number(text)
  if (!Number.isSafeInteger(rows) || rows < 1) throw new InvalidArgumentError('It takes a whole number of rows, at least 1.')
  return rows
}

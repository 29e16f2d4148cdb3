import { UsageError } from '../program/usage-error.ts'

/** The number of a scan from the command line. */
export function parseScanNumber(text: string, min = 1): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= min) return number
  throw new UsageError(`"${text}" is not the number of a scan.`, 'Scan numbers are in the first column of: spirlctl ledger scan list')
}

/** `asOf` as the routes take it; absent means now. */
export function asOfQuery(asOf: string | undefined): { asOf?: number } {
  return asOf === undefined ? {} : { asOf: parseScanNumber(asOf) }
}

/** Leaves out what is undefined: the routes tell absent from empty. */
export function given<Fields extends Readonly<Record<string, unknown>>>(fields: Fields): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same names with the same values; only the undefined ones are gone
  return Object.fromEntries(kept) as { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> }
}

/** What a command may touch of the world. Tests hand in their own. */
export interface Context {
  readonly stdout: Output
  readonly stderr: Output
  readonly stdin: { readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborted by the first SIGINT or SIGTERM; a second one ends the process. */
  readonly signal: AbortSignal
  readonly now: () => Date
}

/** A stream for people or programs. */
export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string, done?: (error?: Error | null) => void): boolean
}

/** Widths outside of these make tables unreadable, whatever the terminal says. */
const WIDTH = { min: 60, fallback: 80, max: 140 } as const

/** How to draw on an output: colour only where a person looks, and never against NO_COLOR (https://no-color.org). */
export function drawingOf(output: Output, env: Context['env']): { readonly color: boolean; readonly width: number } {
  const columns = output.columns ?? Number(env['COLUMNS'] ?? WIDTH.fallback)
  const width = Number.isInteger(columns) ? Math.min(Math.max(columns, WIDTH.min), WIDTH.max) : WIDTH.fallback
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return { color: false, width }
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '' && env['FORCE_COLOR'] !== '0') return { color: true, width }
  return { color: output.isTTY === true && env['TERM'] !== 'dumb', width }
}

/** Writes and waits until the stream has taken it, so that large reports to a slow pipe do not pile up in memory. */
export function writeText(output: Output, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(text, (error) => (error ? reject(error) : resolve()))
  })
}

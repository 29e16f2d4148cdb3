/** What to scan at start. */
export type ScanChoice = { readonly scan: 'none' } | { readonly scan: 'sample' } | { readonly scan: 'context'; readonly context: string }

/** What the choice depends on. */
export interface ChoiceFacts {
  readonly settings: { readonly scanSample: boolean; readonly scanContext?: string | undefined; readonly firstScan: 'auto' | 'sample' | 'none' }
  readonly inventoryIsEmpty: () => Promise<boolean>
  /** Whether a person can answer: a terminal on both ends, and no CI. */
  readonly canAsk: boolean
  readonly currentContext: () => Promise<string | undefined>
  readonly ask: (context: string) => Promise<ScanChoice>
}

/** A cluster is only read after a person said so, by flag, setting or answer; the sample cluster needs nobody's leave. */
export async function chooseScan({ settings, inventoryIsEmpty, canAsk, currentContext, ask }: ChoiceFacts): Promise<ScanChoice> {
  if (settings.scanSample) return { scan: 'sample' }
  if (settings.scanContext !== undefined) return { scan: 'context', context: settings.scanContext }
  if (settings.firstScan === 'none' || !(await inventoryIsEmpty())) return { scan: 'none' }
  const context = settings.firstScan === 'auto' && canAsk ? await currentContext() : undefined
  return context === undefined ? { scan: 'sample' } : ask(context)
}

import { isCancel, select } from '@clack/prompts'
import type { ScanChoice } from './choose.ts'

/** Asks on the terminal; leaving the question scans nothing. `signal` ends it when the process is told to stop. */
export async function askWhatToScan(context: string, signal: AbortSignal): Promise<ScanChoice> {
  const answer = await select({
    message: 'The inventory is empty. What shall Mintmark scan?',
    options: [
      { value: 'context' as const, label: `The cluster of kubeconfig context "${context}"`, hint: 'only reads; no secret value leaves this process' },
      { value: 'sample' as const, label: 'The bundled sample cluster', hint: 'made-up objects, to look around' },
      { value: 'none' as const, label: 'Nothing now' },
    ],
    signal,
  })
  if (isCancel(answer) || answer === 'none') return { scan: 'none' }
  return answer === 'sample' ? { scan: 'sample' } : { scan: 'context', context }
}

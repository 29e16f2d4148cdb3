import type { Context } from './context.ts'
import { UsageError } from './usage-error.ts'

/** `--yes` of verbs that destroy something. */
export interface YesOptions {
  readonly yes?: boolean
}

/** Asks before something is destroyed; `--yes` answers beforehand. @throws UsageError where nobody can be asked */
export async function isConfirmed(context: Context, { yes }: YesOptions, question: string): Promise<boolean> {
  if (yes === true) return true
  if (context.stdin.isTTY !== true) throw new UsageError('Nobody is there to ask.', 'Add --yes.')
  const { confirm, isCancel } = await import('@clack/prompts')
  const answer = await confirm({ message: question, initialValue: false })
  return !isCancel(answer) && answer
}

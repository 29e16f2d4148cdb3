import { UserError, explainError } from '@mintmark/ledger/model'
import { cleanLines } from '../report/text.ts'
import { EXIT } from './exit.ts'
import { UsageError } from './usage-error.ts'

const FRAMES_MAX = 12
const CAUSES_MAX = 4

/** What to print for an error that ended a command, and the exit code. */
export function explainFailure(error: unknown): { readonly text: string; readonly exitCode: number } {
  if (error instanceof UsageError) return { text: cleanLines(explainError(error)), exitCode: EXIT.usage }
  if (error instanceof UserError) return { text: cleanLines(explainError(error)), exitCode: EXIT.failed }
  return { text: explainCrash(error), exitCode: EXIT.failed }
}

/**
 * A bug of ours. Foreign error messages can quote what was being read (JSON.parse does), so only the class, the system's
 * error code and the places in the code are printed, never the message (law 1).
 */
function explainCrash(error: unknown): string {
  const lines = ['spirlctl met a bug of its own and stopped.', '']
  let current: unknown = error
  for (let depth = 0; depth < CAUSES_MAX && current instanceof Error; depth += 1) {
    lines.push(`  ${depth === 0 ? '' : 'caused by '}${describeError(current)}`)
    lines.push(...framesOf(current))
    current = current.cause
  }
  lines.push('', '  Please report these lines. They hold no message on purpose, because a message could quote a value.', '')
  return lines.join('\n')
}

function describeError(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' && /^[A-Z0-9_]{1,64}$/.test(error.code) ? ` ${error.code}` : ''
  const name = /^[A-Za-z0-9_]{1,64}$/.test(error.name) ? error.name : 'Error'
  return `${name}${code}`
}

function framesOf(error: Error): string[] {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at (?:async )?(?:[\w$.<>#[\] ]+ \()?(?:file|node):[^\s]+:\d+:\d+\)?$/.test(line))
  return frames.slice(0, FRAMES_MAX).map((line) => `    ${line.trim()}`)
}

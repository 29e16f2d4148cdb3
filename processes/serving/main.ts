import { isatty } from 'node:tty'
import { ServerUnreachableError } from '@mintmark/contract/http'
import { createLog, describeError } from '@mintmark/control-plane'
import { explainError, UserError } from '@mintmark/ledger/model'
import { StorageUnavailableError } from '@mintmark/storage'
import { helpText } from '../settings/document.ts'
import { readSettings, type Settings } from '../settings/read.ts'
import { serve } from './serve.ts'
import { listenForStop } from './stop.ts'

/** Runs the control plane until it is told to stop. @returns the exit code: 0 stopped in order, 1 failed, 2 wrong settings */
export async function main(args: readonly string[]): Promise<number> {
  let settings: Settings
  try {
    settings = readSettings(args, process.env)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    process.stderr.write(explainError(error))
    return 2
  }
  if (settings.help) {
    process.stdout.write(helpText())
    return 0
  }
  const isTerminal = isatty(1) && isatty(2)
  const log = createLog({
    level: settings.logLevel ?? (isTerminal ? 'warn' : 'info'),
    format: settings.logFormat ?? (isTerminal ? 'text' : 'json'),
    destination: process.stderr,
  })
  const stop = listenForStop(log)
  try {
    await serve(settings, log, stop.signal)
    return 0
  } catch (error) {
    if (stop.signal.aborted) return 0
    process.stderr.write(explainFailure(error))
    if (!isForeseen(error)) log.fatal(describeError(error), 'The control plane failed')
    return 1
  } finally {
    stop.end()
  }
}

function isForeseen(error: unknown): error is UserError | StorageUnavailableError {
  return error instanceof UserError || error instanceof StorageUnavailableError
}

function explainFailure(error: unknown): string {
  if (error instanceof UserError) return explainError(error)
  if (error instanceof StorageUnavailableError) return `${error.message}\n\n  ${error.remedy}\n`
  if (error instanceof ServerUnreachableError) return `${error.message}\n`
  return 'The control plane failed for a reason that it did not foresee. The log has its place.\n'
}

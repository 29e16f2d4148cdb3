import type { Context } from './program/context.ts'
import { EXIT } from './program/exit.ts'

/** 128 and the number of SIGINT: what shells expect of an interrupted command. */
const EXIT_INTERRUPTED = 130

/**
 * Runs one command line with this process's streams.
 *
 * @returns the exit code: 0 done, 1 found or failed as documented, 2 wrong command line, 130 interrupted
 */
export async function main(argv: readonly string[]): Promise<number> {
  const interruption = listenForInterruption()
  endQuietlyWhenReaderLeaves()
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      void stopWithExplanation(error)
    })
  }
  const { stdout, stderr, stdin, env } = process
  const context: Context = { stdout, stderr, stdin, env, signal: interruption, now: () => new Date() }
  try {
    const { runProgram } = await import('./program/program.ts')
    return await runProgram(context, argv)
  } catch (error) {
    if (interruption.aborted) return EXIT_INTERRUPTED
    return await explain(error)
  }
}

/** The explanation needs the model's error classes, which cost more to load than most commands; so only when something failed. */
async function explain(error: unknown): Promise<number> {
  const { explainFailure } = await import('./program/crash.ts')
  const { text, exitCode } = explainFailure(error)
  process.stderr.write(text)
  return exitCode
}

async function stopWithExplanation(error: unknown): Promise<void> {
  await explain(error)
  process.exit(EXIT.failed)
}

/** The first signal asks for an orderly end, the second one insists. */
function listenForInterruption(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED)
      controller.abort()
    })
  }
  return controller.signal
}

/** `spirlctl … | head` closes the pipe early; that is no error. */
function endQuietlyWhenReaderLeaves(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.done)
    throw error
  })
}

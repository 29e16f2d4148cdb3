import { paintFor } from '../report/colors.ts'
import { cleanText, cutEnd } from '../report/text.ts'
import { drawingOf, type Context } from '../program/context.ts'

/** Milliseconds between two redraws on a terminal, and between two lines elsewhere. */
const REDRAW_MS = 80
const LINE_MS = 10_000

/** What a long command is doing, on standard error. */
export interface Progress {
  /** What is happening now; cheap to call often, because the sentence is made only when it is shown. */
  step(sentence: () => string): void
  /** Something a person should know, kept on the screen. */
  notice(sentence: string): void
  /** Clears the line; later calls do nothing. */
  stop(): void
}

/** One line that is drawn over on a terminal; now and then a plain line elsewhere, so that logs show that it is alive. */
export function startProgress(context: Context): Progress {
  const { stderr } = context
  const isTerminal = stderr.isTTY === true && context.env['TERM'] !== 'dumb'
  const { color, width } = drawingOf(stderr, context.env)
  const paint = paintFor(color)
  let drawnAt = isTerminal ? Number.NEGATIVE_INFINITY : performance.now()
  let isStopped = false
  const clear = isTerminal ? '\r\u001b[2K' : ''
  return {
    step(sentence) {
      const now = performance.now()
      if (isStopped || now - drawnAt < (isTerminal ? REDRAW_MS : LINE_MS)) return
      drawnAt = now
      stderr.write(isTerminal ? `${clear}${paint.dim(cutEnd(cleanText(sentence()), width - 1))}` : `${cleanText(sentence())}\n`)
    },
    notice(sentence) {
      if (!isStopped) stderr.write(`${clear}${paint.warning(cleanText(sentence))}\n`)
    },
    stop() {
      if (!isStopped && isTerminal) stderr.write(clear)
      isStopped = true
    },
  }
}

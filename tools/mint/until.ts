import { setTimeout as pause } from 'node:timers/promises'

const POLL_MS = 50
const PATIENCE_MS = 45_000

/** Asks again and again until the answer fits; for programs that tell nobody when they are done. @throws Error that shows the last answer */
export async function until<Answer>(ask: () => Promise<Answer> | Answer, fits: (answer: Answer) => boolean, what: string): Promise<Answer> {
  const deadline = Date.now() + PATIENCE_MS
  let last: unknown
  while (Date.now() < deadline) {
    try {
      const answer = await ask()
      if (fits(answer)) return answer
      last = answer
    } catch (error) {
      last = error
    }
    await pause(POLL_MS)
  }
  throw new Error(`${what} did not come about; last: ${last instanceof Error ? last.message : JSON.stringify(last)?.slice(0, 2_000)}`)
}

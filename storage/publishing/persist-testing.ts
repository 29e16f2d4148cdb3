import { isUnavailable } from '../errors.ts'

/** Repeats until the database is there again; the supervisor brings it back. */
export async function persist<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isUnavailable(error)) throw error
      await new Promise(setImmediate)
    }
  }
}

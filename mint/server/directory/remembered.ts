/** How long what was read is used. */
export interface RememberedLimits {
  /** Milliseconds that a value is used without a question. */
  readonly freshMs: number
  /** Milliseconds that an older value is used while a newer one is read; past it, callers wait for the newer one. */
  readonly staleMs: number
  /** Keys that are kept. */
  readonly keysMax: number
}

/** Answers of a slow source, kept for a while, and for as long as needed while the source is away. */
export interface Remembered<Value> {
  /** @throws what the source throws, when nothing was ever read for this key */
  get(key: string): Promise<Value>
  /** The next questions go to the source. */
  forget(): void
}

interface Entry<Value> {
  readonly value: Value
  readonly readAt: number
  reading: Promise<Value> | undefined
}

/**
 * Remembers what `read` answers. One question at a time per key; a source that fails leaves the old answer in use,
 * so that issuance goes on while the database is away.
 *
 * @param onFailure is told of each failed reading that an old answer covers
 */
export function createRemembered<Value>(
  read: (key: string) => Promise<Value>,
  limits: RememberedLimits,
  clock: () => number,
  onFailure: (error: unknown) => void,
): Remembered<Value> {
  const entries = new Map<string, Entry<Value>>()
  const first = new Map<string, Promise<Value>>()
  let generation = 0

  async function readAgain(key: string, entry: Entry<Value>): Promise<Value> {
    entry.reading ??= store(key).catch((error: unknown) => {
      onFailure(error)
      entry.reading = undefined
      return entry.value
    })
    return entry.reading
  }

  async function store(key: string): Promise<Value> {
    const begun = generation
    const value = await read(key)
    // What was forgotten meanwhile may be about to change: the answer is given, not kept.
    if (begun !== generation) return value
    entries.delete(key)
    // Nothing is no answer to keep: names that somebody makes up would push real ones out.
    if (value === undefined) return value
    const oldest = entries.size >= limits.keysMax ? entries.keys().next().value : undefined
    if (oldest !== undefined) entries.delete(oldest)
    entries.set(key, { value, readAt: clock(), reading: undefined })
    return value
  }

  return {
    get: async (key) => {
      const entry = entries.get(key)
      if (entry === undefined) {
        const reading = first.get(key) ?? store(key).finally(() => first.delete(key))
        first.set(key, reading)
        return reading
      }
      const age = clock() - entry.readAt
      if (age <= limits.freshMs) return entry.value
      const reading = readAgain(key, entry)
      return age <= limits.freshMs + limits.staleMs ? entry.value : reading
    },
    forget: () => {
      generation += 1
      first.clear()
      // Kept as old, so that a source that is away right now still leaves an answer.
      for (const [key, { value }] of entries) entries.set(key, { value, readAt: Number.NEGATIVE_INFINITY, reading: undefined })
    },
  }
}

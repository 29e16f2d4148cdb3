import { describe, expect, test } from 'vitest'
import { createRemembered } from './remembered.ts'

const LIMITS = { freshMs: 5_000, staleMs: 10_000, keysMax: 3 }

/** A slow source: questions wait until they are answered or refused. */
function slowSource() {
  let now = 0
  const questions: { readonly key: string; answer(value: string | undefined): void; refuse(): void }[] = []
  const failures: unknown[] = []
  const read = (key: string): Promise<string | undefined> => {
    const { promise, resolve, reject } = Promise.withResolvers<string | undefined>()
    questions.push({ key, answer: resolve, refuse: () => reject(new Error('away')) })
    return promise
  }
  const remembered = createRemembered(
    read,
    LIMITS,
    () => now,
    (error) => failures.push(error),
  )
  /** Asks for a key whose question is answered at once. */
  const know = async (key: string, value: string | undefined): Promise<void> => {
    const asked = remembered.get(key)
    questions.at(-1)?.answer(value)
    await asked
  }
  return { remembered, questions, failures, know, advance: (ms: number) => (now += ms) }
}

describe('what was read', () => {
  test('is asked once, however many want it', async () => {
    const { remembered, questions } = slowSource()
    const all = Promise.all([remembered.get('a'), remembered.get('a'), remembered.get('a')])
    questions[0]?.answer('one')
    expect(await all).toEqual(['one', 'one', 'one'])
    expect(questions).toHaveLength(1)
  })

  test('is used for a while without a question, then while a newer one is read, then only the newer one', async () => {
    const { remembered, questions, know, advance } = slowSource()
    await know('a', 'one')
    advance(5_000)
    expect(await remembered.get('a')).toBe('one')
    expect(questions).toHaveLength(1)
    advance(1)
    expect(await remembered.get('a')).toBe('one')
    expect(questions).toHaveLength(2)
    advance(10_000)
    const waiting = remembered.get('a')
    expect(questions).toHaveLength(2)
    questions[1]?.answer('two')
    expect(await waiting).toBe('two')
  })

  test('stays in use while the source is away, and each question is a new try', async () => {
    const { remembered, questions, failures, know, advance } = slowSource()
    await know('a', 'one')
    for (let hour = 0; hour < 3; hour += 1) {
      advance(3_600_000)
      const asked = remembered.get('a')
      questions.at(-1)?.refuse()
      expect(await asked).toBe('one')
    }
    expect([questions.length, failures.length]).toEqual([4, 3])
  })

  test('is read again after it was forgotten, and an answer to an older question is not kept', async () => {
    const { remembered, questions, know } = slowSource()
    await know('a', 'enabled')
    remembered.forget()
    const before = remembered.get('a')
    remembered.forget()
    const after = remembered.get('a')
    questions[1]?.answer('enabled')
    questions[2]?.answer('disabled')
    expect([await before, await after]).toEqual(['enabled', 'disabled'])
    expect(await remembered.get('a')).toBe('disabled')
  })

  test('is forgotten for the source alone: while that is away, it is used', async () => {
    const { remembered, questions, know } = slowSource()
    await know('a', 'one')
    remembered.forget()
    const asked = remembered.get('a')
    questions.at(-1)?.refuse()
    expect(await asked).toBe('one')
  })

  test('that is nothing is not kept, so that made-up keys push no real one out', async () => {
    const { remembered, questions, know } = slowSource()
    await know('a', 'one')
    for (let key = 0; key < 10; key += 1) await know(`made-up-${key}`, undefined)
    expect(await remembered.get('a')).toBe('one')
    expect(questions).toHaveLength(11)
  })

  test('and is gone now is gone', async () => {
    const { remembered, questions, know, advance } = slowSource()
    await know('a', 'one')
    advance(60_000)
    const asked = remembered.get('a')
    questions.at(-1)?.answer(undefined)
    expect(await asked).toBeUndefined()
  })

  test('makes room for newer keys, oldest first', async () => {
    const { remembered, questions, know } = slowSource()
    for (const key of ['a', 'b', 'c', 'd']) await know(key, key)
    expect(await remembered.get('d')).toBe('d')
    expect(questions).toHaveLength(4)
    const again = remembered.get('a')
    questions.at(-1)?.answer('a')
    expect(await again).toBe('a')
    expect(questions).toHaveLength(5)
  })

  test('never was, and the source is away: the question fails, and the next one tries again', async () => {
    const { remembered, questions, know } = slowSource()
    const asked = remembered.get('a')
    questions[0]?.refuse()
    await expect(asked).rejects.toThrow('away')
    await know('a', 'one')
    expect(await remembered.get('a')).toBe('one')
  })
})

import { describe, expect, test } from 'vitest'
import { createManualClock, settle } from '../clock-testing.ts'
import { createBatcher } from './batch.ts'

const LIMITS = { itemsMax: 500, requestsMax: 2, windowMs: 5 }

function start(send: (items: readonly number[]) => Promise<readonly number[]>) {
  const clock = createManualClock(0)
  return { clock, batcher: createBatcher(LIMITS, send, (ms, run) => void clock.after(ms, run)) }
}

describe('batches', () => {
  test('a lone item leaves without waiting', async () => {
    const { batcher } = start(async (items) => items)
    expect(await batcher.submit(7)).toBe(7)
  })

  test('concurrent items travel together, each gets its own answer, none more than the limit', async () => {
    const sizes: number[] = []
    const { batcher, clock } = start(async (items) => {
      sizes.push(items.length)
      return items.map((item) => item * 2)
    })
    const answers = Promise.all(Array.from({ length: 1_200 }, (_, index) => batcher.submit(index)))
    await clock.advance(50)
    expect(await answers).toEqual(Array.from({ length: 1_200 }, (_, index) => index * 2))
    expect(sizes).toEqual([500, 500, 200])
  })

  test('no more requests are under way than allowed, and waiting items fill up meanwhile', async () => {
    const releases: (() => void)[] = []
    const sizes: number[] = []
    const { batcher, clock } = start(async (items) => {
      sizes.push(items.length)
      await new Promise<void>((resolve) => releases.push(resolve))
      return items
    })
    const answers = []
    for (let index = 0; index < 10; index++) {
      answers.push(batcher.submit(index))
      await clock.advance(10)
    }
    expect(sizes).toEqual([1, 1])
    releases.shift()?.()
    await clock.advance(10)
    expect(sizes).toEqual([1, 1, 8])
    for (const release of releases) release()
    await settle()
    expect(await Promise.all(answers)).toHaveLength(10)
  })

  test('a failed request fails its own items only', async () => {
    let isFirst = true
    const { batcher } = start(async (items) => {
      if (!isFirst) return items
      isFirst = false
      throw new Error('lost')
    })
    await expect(batcher.submit(1)).rejects.toThrow('lost')
    expect(await batcher.submit(2)).toBe(2)
  })

  test('a server that answers too little is an error, not a hang', async () => {
    const { batcher } = start(async () => [])
    await expect(batcher.submit(1)).rejects.toThrow('fewer items')
  })
})

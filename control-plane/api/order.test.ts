import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LEVELS, type Factor, type ScanEvent } from '@mintmark/contract/scan'
import { worstLevel } from '@mintmark/ledger/model'
import { compareByRisk } from '@mintmark/ledger/risk'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { createDerivation } from '../ingest/derivation.ts'
import { createTestPlane, scanEvents, scanHeader, sendScan } from '../testing.ts'

const SECRETS = 300
const NAMES = ['age', 'last-used', 'reuse', 'exposure', 'authorization-scope'] as const

/** Levels of the factors of one secret, and when it was created: few values, so that every step of the order decides somewhere. */
const judgement = fc.record({
  levels: fc.array(fc.constantFrom(...LEVELS, 'Unknown' as const), { maxLength: NAMES.length }),
  createdAt: fc.option(fc.constantFrom('1999-01-31T12:00:00Z', '2024-02-29T00:00:00.001Z', '2024-02-29T00:00:00Z', '2026-05-01T00:00:00Z'), { nil: undefined }),
})

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startTestCluster()
})
afterAll(() => cluster.stop())

test('the list of the control plane is in the order of the report', async () => {
  const judgements = fc.sample(judgement, SECRETS)
  const names = judgements.map((_, index) => `secret-${index}`)
  const events = scanEvents(names).map((event): ScanEvent => {
    if (event.type !== 'observation' || event.observation.entity !== 'occurrence') return event
    const { observation } = event
    const createdAt = judgements[names.indexOf(event.object)]?.createdAt
    const attributes = { judgement: String(names.indexOf(event.object)) }
    return { ...event, observation: { ...observation, finding: { ...observation.finding, attributes, ...(createdAt === undefined ? {} : { createdAt }) } } }
  })
  const plane = createTestPlane(await cluster.openFreshStore(), {
    derivation: {
      ...createDerivation(),
      scoreSecret: ({ attributes }) => {
        const levels = judgements[Number(attributes['judgement'])]?.levels ?? []
        const factors = levels.map((level, index): Factor => {
          const name = NAMES[index] ?? 'age'
          return level === 'Unknown' ? { name, known: false, reason: 'drawn' } : { name, known: true, level, reason: 'drawn' }
        })
        return { level: worstLevel(levels), factors, policy: 'drawn' }
      },
    },
  })
  await sendScan(plane.client((await plane.scanner('one')).token), scanHeader(), events)
  const { items } = await plane.store.inventory.listSecrets({ size: SECRETS })
  expect(items).toHaveLength(SECRETS)
  // Equals are told apart by their keys, each list in a way of its own.
  for (const [index, item] of items.slice(1).entries()) {
    const before = items[index]
    if (before !== undefined) expect(compareByRisk({ ...before, key: '' }, { ...item, key: '' })).toBeLessThanOrEqual(0)
  }
})

import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type Corpus, makeCorpus } from './corpus.ts'
import { accuracy, pairingScore, usageScore } from './inventory-scores.ts'
import { leakedRows, scoreProduct } from './run-scorecard.ts'
import { linkageF1, precision, recall, score, typedRecall } from './scores.ts'

const OBJECTS = 300
/** The bar of the product; generator scores stand far above it, so that only a real regression comes near. */
const BAR = { recall: 0.85, precision: 0.9, typedRecall: 0.8, linkage: 0.85, pairing: 0.8, usage: 0.9 } as const

async function expectAboveBar(corpus: Corpus): Promise<void> {
  const { matched, result } = await scoreProduct(corpus)
  const { total } = score(matched)
  const says = `seed ${corpus.seed}`
  expect(total.planted, says).toBeGreaterThan(100)
  expect(recall(total), says).toBeGreaterThanOrEqual(BAR.recall)
  expect(typedRecall(total), says).toBeGreaterThanOrEqual(BAR.typedRecall)
  expect(precision(total), says).toBeGreaterThanOrEqual(BAR.precision)
  expect(linkageF1(matched).f1, says).toBeGreaterThanOrEqual(BAR.linkage)
  expect(accuracy(pairingScore(matched, result.report)), says).toBeGreaterThanOrEqual(BAR.pairing)
  expect(accuracy(usageScore(matched, result.report).verdict), says).toBeGreaterThanOrEqual(BAR.usage)
  expect(leakedRows(corpus, result.output), says).toEqual([])
}

describe('scorecard', () => {
  test('the product stays above the bar on a fixed seed', () => expectAboveBar(makeCorpus('regression', OBJECTS)))

  test('and on a seed that nobody has seen', async () => {
    const seed = randomUUID()
    console.info(`fresh seed of the scorecard: ${seed}`)
    await expectAboveBar(makeCorpus(seed, OBJECTS))
  })

  test('a scanner that says nothing has no recall, and a row counts once', () => {
    const corpus = makeCorpus('empty', 40)
    const matched = corpus.truth.map((rows) => ({ rows, judged: [] }))
    expect(recall(score(matched).total)).toBe(0)
    const twice = corpus.truth.map((rows) => ({
      rows,
      judged: rows
        .filter(({ expected }) => expected === 'secret')
        .flatMap((row) => [row, row])
        .map((row) => ({ row, isTyped: true, hit: { object: '', kind: row.type, role: 'secret' as const } })),
    }))
    const { total } = score(twice)
    expect([recall(total), precision(total), total.typed]).toEqual([1, 1, total.planted])
  })
})

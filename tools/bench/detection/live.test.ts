import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, peerIsMissing, startCluster } from '../../peers/index.ts'
import { makeCorpus } from './corpus.ts'
import { createScannerUser, loadCorpus, scoreCluster } from './live-scan.ts'
import { leakedRows } from './run-scorecard.ts'
import { precision, recall, score } from './scores.ts'

const OBJECTS = 200
const BAR = { recall: 0.85, precision: 0.9 } as const

describe.skipIf(peerIsMissing('kubernetes'))('generated objects in a real API server', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster({ controllerManager: false })
  })
  afterAll(() => cluster?.stop())

  test("are found with exactly the scanner's role as the scorecard says, and no planted value comes out", async () => {
    const { corpus, refused } = await loadCorpus(cluster, makeCorpus('live', OBJECTS))
    expect(refused, 'the generator makes objects that Kubernetes takes').toEqual([])
    const { matched, result } = await scoreCluster(corpus, await createScannerUser(cluster))
    const { total } = score(matched)
    expect(result.report.scan.coverage.filter(({ coverage }) => coverage.state !== 'complete')).toEqual([])
    expect(total.planted).toBeGreaterThan(100)
    expect(recall(total)).toBeGreaterThanOrEqual(BAR.recall)
    expect(precision(total)).toBeGreaterThanOrEqual(BAR.precision)
    expect(leakedRows(corpus, result.output)).toEqual([])
  })
})

import { describe, expect, test } from 'vitest'
import type { Coverage, CoverageEntry } from '@mintmark/contract/scan'
import { explainMissingConsumers, explainMissingPullSecrets, WORKLOAD_COLLECTIONS } from './coverage.ts'

const entry = (collection: string, coverage: Coverage, scope: CoverageEntry['scope'] = {}): CoverageEntry => ({ collection, scope, coverage, objects: 1 })
const complete: readonly CoverageEntry[] = WORKLOAD_COLLECTIONS.map((collection) => entry(collection, { state: 'complete' }))

describe('why consumers may be missing', () => {
  test('nothing is missing when every workload kind was read', () => {
    expect(explainMissingConsumers(complete, 'shop')).toBeUndefined()
  })

  test.each<[Coverage, string]>([
    [{ state: 'denied', permission: 'list jobs.batch' }, 'jobs were denied (missing permission: list jobs.batch)'],
    [{ state: 'partial', reason: 'page 3 timed out' }, 'jobs were read in part (page 3 timed out)'],
    [{ state: 'failed', reason: 'connection refused' }, 'jobs could not be read (connection refused)'],
  ])('%o is named with its reason', (coverage, sentence) => {
    const entries = complete.map((each) => (each.collection === 'jobs' ? entry('jobs', coverage) : each))
    expect(explainMissingConsumers(entries, 'shop')).toBe(`Consumers may be missing: ${sentence}`)
  })

  test('a collection that nobody closed was not read', () => {
    expect(explainMissingConsumers(complete.slice(1), 'shop')).toBe('Consumers may be missing: deployments were not read')
  })

  test('what is said of the namespace itself outweighs what is said of the cluster', () => {
    const denied = complete.map((each) => entry(each.collection, { state: 'denied', permission: 'list' }))
    const own = complete.map((each) => entry(each.collection, { state: 'complete' }, { namespace: 'shop' }))
    expect(explainMissingConsumers([...denied, ...own], 'shop')).toBeUndefined()
    expect(explainMissingConsumers([...denied, ...own], 'other')).toContain('denied')
  })

  test('one object that was read says nothing of its namespace', () => {
    expect(
      explainMissingConsumers([...complete.slice(1), entry('deployments', { state: 'complete' }, { namespace: 'shop', object: 'api' })], 'shop'),
    ).toContain('deployments were not read')
  })

  test('pull secrets also need the service accounts', () => {
    expect(explainMissingPullSecrets(complete, 'shop')).toBe('Consumers may be missing: serviceaccounts were not read')
  })
})

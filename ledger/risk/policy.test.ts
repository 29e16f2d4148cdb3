import { describe, expect, test } from 'vitest'
import { RiskPolicySchema } from './policy-schema.ts'
import { MAX_V1 } from './policy.ts'

const { factors } = MAX_V1
const parse = (policy: unknown): boolean => RiskPolicySchema.safeParse(policy).success

describe('risk policy', () => {
  test('the published policy is valid', () => {
    expect(RiskPolicySchema.parse(MAX_V1)).toEqual(MAX_V1)
  })

  test('the order of its fields does not matter', () => {
    const reversed = Object.fromEntries(Object.entries(factors).toReversed())
    expect(parse({ factors: reversed, version: 'max-v1' })).toBe(true)
  })

  test.each([
    ['thresholds that contradict each other', { version: 'own', factors: { ...factors, age: { enabled: true, mediumAfterDays: 200, highAfterDays: 100 } } }],
    ['reuse that starts at one application', { version: 'own', factors: { ...factors, reuse: { enabled: true, mediumFrom: 1, highFrom: 3 } } }],
    ['a changed policy under the published name', { version: 'max-v1', factors: { ...factors, reuse: { enabled: true, mediumFrom: 2, highFrom: 4 } } }],
    ['a policy without a name', { version: '', factors }],
    [
      'a policy without a factor',
      { version: 'none', factors: Object.fromEntries(Object.entries(factors).map(([name, rule]) => [name, { ...rule, enabled: false }])) },
    ],
    [
      'an exposure that counts as Unknown',
      { version: 'own', factors: { ...factors, exposure: { enabled: true, levels: { ...factors.exposure.levels, workload: 'Unknown' } } } },
    ],
  ])('refuses %s', (_what, policy) => {
    expect(parse(policy)).toBe(false)
  })
})

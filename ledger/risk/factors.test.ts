import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LEVELS } from '@mintmark/contract/scan'
import { scoreAge } from './age.ts'
import { scoreAuthorizationScope } from './authorization-scope.ts'
import { scoreExposure } from './exposure.ts'
import type { FactorResult } from './factor.ts'
import { scoreLastUsed } from './last-used.ts'
import { MAX_V1 } from './policy.ts'
import { scoreReuse } from './reuse.ts'

const rules = MAX_V1.factors
const now = new Date('2026-06-01T00:00:00Z')
const daysAgo = (days: number): string => new Date(now.getTime() - days * 86_400_000).toISOString()
const rank = (result: FactorResult): number => (result.known ? LEVELS.indexOf(result.level) : -1)
const apps = (count: number): string[] => Array.from({ length: count }, (_, index) => `app-${index}`)
const DAY_STEPS = [
  [0, 'Low'],
  [89, 'Low'],
  [90, 'Medium'],
  [180, 'Medium'],
  [181, 'High'],
] as const

describe('age', () => {
  test.each(DAY_STEPS)('%i days after its creation a secret is %s', (days, level) => {
    expect(scoreAge({ createdAt: daysAgo(days) }, rules.age, now)).toMatchObject({ known: true, level })
  })

  test.each([
    [0, undefined],
    [89, undefined],
    [90, 'Medium'],
    [180, 'Medium'],
    [181, 'High'],
  ] as const)('a value that is known to be at least %i days old is %s', (days, level) => {
    const result = scoreAge({ existsSince: { at: daysAgo(days), evidence: 'Secret shop/db was created then' } }, rules.age, now)
    expect(result.known ? result.level : undefined).toBe(level)
    expect(result.reason).toContain(`existed on ${daysAgo(days).slice(0, 10)} already, `)
    expect(result.reason).toContain(': Secret shop/db was created then')
  })

  test('a reason that is stored stays true: on a later day of the same level it reads the same', () => {
    fc.assert(
      fc.property(fc.nat(400), fc.nat(400), fc.constantFrom('createdAt', 'existsSince'), (days, more, source) => {
        const facts = source === 'createdAt' ? { createdAt: daysAgo(days) } : { existsSince: { at: daysAgo(days), evidence: 'it stood there' } }
        const today = scoreAge(facts, rules.age, now)
        const later = scoreAge(facts, rules.age, new Date(now.getTime() + more * 86_400_000))
        expect(later.reason === today.reason).toBe(later.level === today.level)
      }),
    )
  })

  test('a reason names the date and the threshold', () => {
    expect(scoreAge({ createdAt: '2025-01-31T10:00:00Z' }, rules.age, now).reason).toBe('Created on 2025-01-31, more than 180 days before the scan')
    expect(scoreLastUsed({ state: 'used', at: '2026-02-10T10:00:00Z' }, rules['last-used'], now).reason).toBe(
      'Last used on 2026-02-10, 90 to 180 days before the scan',
    )
  })

  test('without any date the age is unknown and says so', () => {
    expect(scoreAge({}, rules.age, now)).toEqual({ known: false, reason: 'Age is not known: no source says when it was created' })
  })

  test('a place that is older than the stated creation is believed', () => {
    const facts = { createdAt: daysAgo(10), existsSince: { at: daysAgo(200), evidence: 'it stood there' } }
    expect(scoreAge(facts, rules.age, now)).toMatchObject({ level: 'High' })
  })

  test('a source whose clock runs ahead is not an error', () => {
    expect(scoreAge({ createdAt: daysAgo(-3) }, rules.age, now)).toMatchObject({ level: 'Low' })
  })

  test('a date that cannot be read is no knowledge', () => {
    expect(scoreAge({ createdAt: 'yesterday' }, rules.age, now)).toMatchObject({ known: false })
  })

  test('growing older never lowers the level, neither for a date nor for a lower bound', () => {
    const dates = fc.record({ createdAt: fc.option(fc.nat(4000), { nil: undefined }), existsSince: fc.option(fc.nat(4000), { nil: undefined }) })
    fc.assert(
      fc.property(dates, fc.nat(4000), ({ createdAt, existsSince }, more) => {
        const facts = {
          ...(createdAt === undefined ? {} : { createdAt: daysAgo(createdAt) }),
          ...(existsSince === undefined ? {} : { existsSince: { at: daysAgo(existsSince), evidence: 'seen' } }),
        }
        const later = new Date(now.getTime() + more * 86_400_000)
        expect(rank(scoreAge(facts, rules.age, later))).toBeGreaterThanOrEqual(rank(scoreAge(facts, rules.age, now)))
      }),
    )
  })

  test('learning the true date, which is never younger than the bound, never lowers the level', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), (bound, older) => {
        const existsSince = { at: daysAgo(bound), evidence: 'seen' }
        const before = scoreAge({ existsSince }, rules.age, now)
        const after = scoreAge({ existsSince, createdAt: daysAgo(bound + older) }, rules.age, now)
        expect(after.known).toBe(true)
        expect(rank(after)).toBeGreaterThanOrEqual(rank(before))
      }),
    )
  })
})

describe('last used', () => {
  test.each(DAY_STEPS)('%i idle days are %s', (days, level) => {
    expect(scoreLastUsed({ state: 'used', at: daysAgo(days) }, rules['last-used'], now)).toMatchObject({ known: true, level })
  })

  test('never used is High only when a source says so', () => {
    expect(scoreLastUsed({ state: 'never', observedSince: daysAgo(30) }, rules['last-used'], now)).toMatchObject({ level: 'High' })
    expect(scoreLastUsed({ state: 'unavailable', reason: 'nobody looked' }, rules['last-used'], now)).toEqual({
      known: false,
      reason: 'Last use is not known: nobody looked',
    })
  })

  test('longer idleness never lowers the level', () => {
    fc.assert(
      fc.property(fc.nat(4000), fc.nat(4000), (days, more) => {
        const sooner = scoreLastUsed({ state: 'used', at: daysAgo(days) }, rules['last-used'], now)
        const later = scoreLastUsed({ state: 'used', at: daysAgo(days + more) }, rules['last-used'], now)
        expect(rank(later)).toBeGreaterThanOrEqual(rank(sooner))
      }),
    )
  })
})

describe('reuse', () => {
  test.each([
    [1, 'Low'],
    [2, 'Medium'],
    [3, 'High'],
    [40, 'High'],
  ] as const)('%i applications are %s when every workload was read', (count, level) => {
    expect(scoreReuse({ applications: apps(count) }, rules.reuse)).toMatchObject({ known: true, level })
  })

  test.each([
    [0, undefined],
    [1, undefined],
    [2, 'Medium'],
    [3, 'High'],
  ] as const)('%i applications that were seen among unread workloads are %s', (count, level) => {
    const result = scoreReuse({ applications: apps(count), applicationsIncomplete: 'jobs were denied' }, rules.reuse)
    expect(result.known ? result.level : undefined).toBe(level)
    expect(result.reason).toContain('jobs were denied')
  })

  test('nobody using it is a statement of its own, which leaves room for readers through the API', () => {
    expect(scoreReuse({ applications: [] }, rules.reuse)).toEqual({
      known: true,
      level: 'Low',
      reason: 'No workload takes it (no static consumer); a program may still read it through the Kubernetes API',
    })
  })

  test('a reason names applications without the rule that grouped them', () => {
    expect(scoreReuse({ applications: ['recommended-labels:shop/api'] }, rules.reuse).reason).toBe('Used by 1 application: shop/api')
  })

  test('a reason names a few applications and counts the rest', () => {
    expect(scoreReuse({ applications: apps(8) }, rules.reuse).reason).toBe('Used by 8 applications: app-0, app-1, app-2, app-3, app-4 and 3 more')
  })
})

describe('exposure', () => {
  test.each([
    ['kubernetes-secret', 'Low'],
    ['configmap', 'Medium'],
    ['metadata', 'Medium'],
    ['workload', 'Critical'],
  ] as const)('%s is %s', (exposure, level) => {
    expect(scoreExposure([{ exposure, evidence: 'here' }], rules.exposure)).toMatchObject({ known: true, level })
  })

  test('the most exposed place decides, in any order', () => {
    const places = [
      { exposure: 'kubernetes-secret', evidence: 'Secret shop/db' },
      { exposure: 'workload', evidence: 'Deployment shop/api, DB_PASSWORD' },
      { exposure: 'configmap', evidence: 'ConfigMap shop/cfg' },
    ] as const
    for (const order of [places, places.toReversed()]) {
      expect(scoreExposure(order, rules.exposure)).toEqual({
        known: true,
        level: 'Critical',
        reason: 'Hard-coded in the workload, so everybody who may read it has the secret: Deployment shop/api, DB_PASSWORD',
      })
    }
  })

  test('no place is no knowledge', () => {
    expect(scoreExposure([], rules.exposure)).toMatchObject({ known: false })
  })
})

describe('authorization scope', () => {
  test.each([
    ['narrow-read', 'Low'],
    ['broad-read', 'Medium'],
    ['broad-write', 'High'],
    ['administrator', 'Critical'],
  ] as const)('%s is %s', (tier, level) => {
    expect(scoreAuthorizationScope({ state: 'known', tier, reason: 'policy p' }, rules['authorization-scope'])).toEqual({
      known: true,
      level,
      reason: 'policy p',
    })
  })

  test('rights that nobody has read are unknown, with the way to know them', () => {
    const result = scoreAuthorizationScope({ state: 'unavailable', reason: 'Connect AWS account 111122223333 to see them' }, rules['authorization-scope'])
    expect(result).toEqual({ known: false, reason: 'Rights are not known: Connect AWS account 111122223333 to see them' })
  })
})

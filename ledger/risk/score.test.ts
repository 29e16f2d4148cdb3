import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Factor } from '@mintmark/contract/scan'
import { levelRank, worstLevel, type SecretFacts } from '@mintmark/ledger/model'
import { MAX_V1, type RiskPolicy } from './policy.ts'
import { scoreSecret } from './score.ts'
import { authorization, NOW, secretFacts, usage } from './testing/secret-facts.ts'

const score = (facts: SecretFacts, now = NOW): ReturnType<typeof scoreSecret> => scoreSecret(facts, MAX_V1, now)
const rankOf = (facts: SecretFacts): number => levelRank(score(facts).level)

const unread: SecretFacts = {
  fingerprint: 'f'.repeat(64),
  kind: 'password',
  provider: 'Generic',
  confidence: 'strong',
  attributes: {},
  reasons: [],
  exposures: [],
  applications: [],
  applicationsIncomplete: 'deployments were denied',
  usage: { state: 'unavailable', reason: 'nobody has looked' },
  authorization: { state: 'unavailable', reason: 'nobody has looked' },
  links: [],
}

describe('max-v1', () => {
  test('the level is the highest among the known factors, and unknown ones stand beside it', () => {
    const result = score({ ...unread, exposures: [{ exposure: 'configmap', evidence: 'ConfigMap shop/cfg, password' }] })
    expect(result.level).toBe('Medium')
    expect(result.policy).toBe('max-v1')
    expect(result.factors.map(({ name, known }) => [name, known])).toEqual([
      ['age', false],
      ['last-used', false],
      ['reuse', false],
      ['exposure', true],
      ['authorization-scope', false],
    ])
  })

  test('nothing known is Unknown, not Low', () => {
    expect(score(unread).level).toBe('Unknown')
  })

  test('every factor has a reason, and a level exactly when it is known', () => {
    fc.assert(
      fc.property(secretFacts, (facts) => {
        for (const factor of score(facts).factors) {
          expect(factor.reason).not.toBe('')
          expect(factor.level !== undefined).toBe(factor.known)
        }
      }),
    )
  })

  test('unknown factors never change the level', () => {
    fc.assert(
      fc.property(secretFacts, (facts) => {
        const { level, factors } = score(facts)
        const known: readonly Factor[] = factors.filter((factor) => factor.known)
        expect(level).toBe(worstLevel(known.flatMap((factor) => factor.level ?? [])))
      }),
    )
  })

  test('forgetting the last use or the rights never raises the level', () => {
    fc.assert(
      fc.property(secretFacts, (facts) => {
        const forgotten: SecretFacts = { ...facts, usage: unread.usage, authorization: unread.authorization }
        expect(rankOf(forgotten)).toBeLessThanOrEqual(rankOf(facts))
      }),
    )
  })

  test('learning a last use or rights never lowers the level', () => {
    fc.assert(
      fc.property(secretFacts, usage, authorization, (facts, learntUse, learntRights) => {
        const ignorant: SecretFacts = { ...facts, usage: unread.usage, authorization: unread.authorization }
        expect(rankOf({ ...ignorant, usage: learntUse })).toBeGreaterThanOrEqual(rankOf(ignorant))
        expect(rankOf({ ...ignorant, authorization: learntRights })).toBeGreaterThanOrEqual(rankOf(ignorant))
      }),
    )
  })

  test('one more place or one more application never lowers the level', () => {
    fc.assert(
      fc.property(secretFacts, fc.constantFrom('kubernetes-secret', 'configmap', 'metadata', 'workload'), (facts, exposure) => {
        expect(rankOf({ ...facts, exposures: [...facts.exposures, { exposure, evidence: 'one more' }] })).toBeGreaterThanOrEqual(rankOf(facts))
        expect(rankOf({ ...facts, applications: [...facts.applications, 'zzzz'] })).toBeGreaterThanOrEqual(rankOf(facts))
      }),
    )
  })

  test('time alone never lowers the level', () => {
    fc.assert(
      fc.property(secretFacts, fc.nat(4000), (facts, days) => {
        const later = score(facts, new Date(NOW.getTime() + days * 86_400_000))
        expect(levelRank(later.level)).toBeGreaterThanOrEqual(rankOf(facts))
      }),
    )
  })

  test('the same inputs give the same result, in whatever order places and applications come', () => {
    fc.assert(
      fc.property(secretFacts, (facts) => {
        expect(score(structuredClone(facts))).toEqual(score(facts))
        expect(score({ ...facts, exposures: facts.exposures.toReversed(), applications: facts.applications.toReversed() })).toEqual(score(facts))
      }),
    )
  })

  test('only exposure and authorization scope lead to Critical', () => {
    fc.assert(
      fc.property(secretFacts, (facts) => {
        for (const factor of score(facts).factors) {
          if (factor.level === 'Critical') expect(['exposure', 'authorization-scope']).toContain(factor.name)
        }
      }),
    )
  })
})

describe('a policy of one’s own', () => {
  const policy: RiskPolicy = {
    version: 'strict-2',
    factors: { ...MAX_V1.factors, age: { enabled: true, mediumAfterDays: 7, highAfterDays: 30 }, exposure: { ...MAX_V1.factors.exposure, enabled: false } },
  }

  test('changes thresholds, drops factors and signs the result', () => {
    const result = scoreSecret({ ...unread, createdAt: '2026-04-01T00:00:00Z', exposures: [{ exposure: 'workload', evidence: 'there' }] }, policy, NOW)
    expect(result).toMatchObject({ level: 'High', policy: 'strict-2' })
    expect(result.factors.map((factor) => factor.name)).toEqual(['age', 'last-used', 'reuse', 'authorization-scope'])
  })
})

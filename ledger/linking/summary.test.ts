import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CONFIDENCES, Exposure, type Finding } from '@mintmark/contract/scan'
import type { LinkedOccurrence } from '@mintmark/ledger/model'
import { linkNamespace } from './namespace.ts'
import { deployment, facts, fingerprintOf, identifierOf, occurrence, secretOf, use } from './testing/scene.ts'
import { summarizeSecret } from './summary.ts'

function seen(place: string, finding: Partial<Finding>, more: Partial<LinkedOccurrence> = {}): LinkedOccurrence {
  const [linked] = linkNamespace(facts({ occurrences: [occurrence(place, { entry: 'value' }, secretOf('password', 'same', finding))] })).occurrences
  if (linked === undefined) throw new Error('the occurrence is gone')
  return { ...linked, ...more }
}

const arbitrary = fc
  .record({
    place: fc.constantFrom('Secret/a', 'Secret/b', 'ConfigMap/c', 'Deployment/d'),
    kind: fc.constantFrom('password', 'generic-secret', 'aws-secret-access-key', 'url-credentials'),
    confidence: fc.constantFrom(...CONFIDENCES),
    publicId: fc.option(fc.constantFrom('id-1', 'id-2'), { nil: undefined }),
    attributes: fc.dictionary(fc.constantFrom('host', 'user', 'account'), fc.constantFrom('x', 'y')),
    reasons: fc.array(fc.constantFrom('one', 'two', 'three'), { maxLength: 2 }),
    createdAt: fc.option(fc.constantFrom('2024-01-01T00:00:00Z', '2025-01-01T00:00:00Z'), { nil: undefined }),
    existsSince: fc.option(fc.constantFrom('2023-01-01T00:00:00Z', '2026-01-01T00:00:00.5Z'), { nil: undefined }),
    incomplete: fc.option(fc.constantFrom('jobs were denied', 'cronjobs were denied'), { nil: undefined }),
    id: fc.nat(5),
  })
  .map(({ place, id, existsSince, incomplete, publicId, createdAt, ...finding }): LinkedOccurrence => {
    const linked = seen(place, { ...finding, ...(publicId === undefined ? {} : { publicId }), ...(createdAt === undefined ? {} : { createdAt }) })
    return {
      ...linked,
      occurrence: { ...linked.occurrence, id: `place-${id}` },
      ...(existsSince === undefined ? {} : { existsSince: { at: existsSince, evidence: `seen at ${place}` } }),
      ...(incomplete === undefined ? {} : { consumersIncomplete: incomplete }),
    }
  })

describe('all places of one secret', () => {
  test('are merged the same in any order', () => {
    const shuffled = fc
      .array(arbitrary, { minLength: 1, maxLength: 6 })
      .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })))
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        expect(summarizeSecret(other)).toEqual(summarizeSecret(list))
      }),
    )
  })

  test('the surest verdict speaks for all, the most specific kind among equals', () => {
    const places = [
      seen('Secret/a', { kind: 'generic-secret', confidence: 'strong' }),
      seen('Secret/b', { kind: 'aws-secret-access-key', confidence: 'strong' }),
      seen('Secret/c', { kind: 'github-token', confidence: 'weak' }),
    ]
    expect(summarizeSecret(places)).toMatchObject({ kind: 'aws-secret-access-key', confidence: 'strong' })
  })

  test('keep every exposure with one place, present places before copies of the past', () => {
    const old = seen('Secret/a', {})
    const historic = { ...old, occurrence: { ...old.occurrence, usage: 'historic' as const } }
    expect(summarizeSecret([historic, seen('Secret/b', {}), seen('ConfigMap/c', {})]).exposures).toEqual([
      { exposure: 'kubernetes-secret', evidence: 'Secret shop/b, value' },
      { exposure: 'configmap', evidence: 'ConfigMap shop/c, value' },
    ])
    expect(Exposure.options).toContain('workload')
  })

  test('the oldest sight is the lower bound of the age', () => {
    const at = (instant: string): Partial<LinkedOccurrence> => ({ existsSince: { at: instant, evidence: instant } })
    const places = [seen('Secret/a', {}, at('2026-01-01T00:00:00.250Z')), seen('Secret/b', {}, at('2025-06-01T00:00:00Z'))]
    expect(summarizeSecret(places).existsSince?.at).toBe('2025-06-01T00:00:00Z')
  })

  test('applications are those whose containers see it now', () => {
    const linked = linkNamespace(
      facts({
        deployments: [deployment('api'), deployment('old'), deployment('blind')],
        uses: [
          use('api', 'Secret/a', { entry: 'value' }),
          use('old', 'Secret/b', { entry: 'value' }),
          use('blind', 'Secret/a', { entry: 'value', overridden: 'later entry' }),
        ],
        occurrences: [
          occurrence('Secret/a', { entry: 'value' }, secretOf('password', 'p')),
          occurrence('Secret/b', { entry: 'value', historic: 'superseded' }, secretOf('password', 'p')),
        ],
      }),
    )
    expect(summarizeSecret(linked.occurrences).applications).toEqual(['api'])
  })

  test('of different secrets, or none, are a mistake of the caller', () => {
    const other = { ...seen('Secret/a', {}), fingerprint: fingerprintOf('other') }
    expect(() => summarizeSecret([seen('Secret/a', {}), other])).toThrow(RangeError)
    expect(() => summarizeSecret([])).toThrow(RangeError)
  })
})

describe('what is not known', () => {
  test.each([
    ['aws-secret-access-key', { attributes: { account: '111122223333' } }, 'Connect AWS account 111122223333 to see when it was last used'],
    ['aws-secret-access-key', {}, 'Its access key id was not found beside it'],
    ['entra-client-secret', { attributes: { tenant: 't-1' } }, 'Connect Microsoft Entra tenant t-1'],
    ['github-token', { provider: 'GitHub' }, 'Only GitHub can say'],
    ['password', { provider: 'unknown' }, 'Only the system that accepts it can say'],
  ])('says for %s what would make it known', (kind, finding, advice) => {
    const { usage, authorization } = summarizeSecret([seen('Secret/a', { kind, ...finding })])
    expect(usage).toMatchObject({ state: 'unavailable', reason: expect.stringContaining(advice) })
    expect(authorization.state).toBe('unavailable')
  })

  test('the account comes from the paired id', () => {
    const linked = linkNamespace(
      facts({
        occurrences: [
          occurrence('Secret/a', { entry: 'id' }, identifierOf('aws-access-key-id', 'AKIARTX3GSDSVJOD2HQP', { attributes: { account: '111122223333' } })),
          occurrence('Secret/a', { entry: 'secret' }, secretOf('aws-secret-access-key', 'k')),
        ],
      }),
    )
    const summary = summarizeSecret(linked.occurrences)
    expect(summary).toMatchObject({ publicId: 'AKIARTX3GSDSVJOD2HQP', attributes: { account: '111122223333' } })
    expect(summary.authorization).toEqual({
      state: 'unavailable',
      reason: 'the cluster does not know them. Connect AWS account 111122223333 to see what its owner may do',
    })
  })
})

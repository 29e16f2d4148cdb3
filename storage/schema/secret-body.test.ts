import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CONFIDENCES, LEVELS, type Factor } from '@mintmark/contract/scan'
import type { SecretFacts } from '@mintmark/ledger/model'
import { noteSentences, parseSecretBody, readSecretBody, sharedSentences, writeSecretBody, type SecretBody } from './secret-body.ts'

const sentence = fc.oneof(fc.constantFrom('Age is not known: nobody says', 'the cluster does not record it'), fc.string({ maxLength: 40 }))
const instant = fc.constantFrom('2024-01-31T12:00:00Z', '2026-05-01T00:00:00Z')
const optional = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> => fc.option(value, { nil: undefined })

const factor = fc
  .record({
    name: fc.constantFrom<Factor['name']>('age', 'last-used', 'reuse', 'exposure', 'authorization-scope'),
    level: optional(fc.constantFrom(...LEVELS)),
    reason: sentence,
  })
  .map(({ name, level, reason }): Factor => (level === undefined ? { name, known: false, reason } : { name, known: true, level, reason }))

const body: fc.Arbitrary<SecretBody> = fc
  .record({
    publicId: optional(fc.constantFrom('', 'ID-1', 'nobody')),
    createdAt: optional(instant),
    expiresAt: optional(instant),
    existsSince: optional(fc.record({ at: instant, evidence: sentence })),
    applicationsIncomplete: optional(sentence),
    reasons: fc.array(sentence, { maxLength: 3 }),
    usage: fc.oneof(
      sentence.map((reason) => ({ state: 'unavailable' as const, reason })),
      instant.map((at) => ({ state: 'used' as const, at })),
    ),
    authorization: sentence.map((reason) => ({ state: 'unavailable' as const, reason })),
    applications: fc.array(fc.string({ maxLength: 8 }), { maxLength: 3 }),
    confidence: fc.constantFrom(...CONFIDENCES),
    factors: fc.array(factor, { maxLength: 5 }),
    level: fc.constantFrom(...LEVELS, 'Unknown' as const),
    occurrencesTotal: fc.nat(),
  })
  .map(({ publicId, createdAt, expiresAt, existsSince, applicationsIncomplete, factors, level, occurrencesTotal, ...known }) => {
    const facts: SecretFacts = {
      fingerprint: 'f',
      kind: 'password',
      provider: '',
      attributes: { user: 'app' },
      exposures: [{ exposure: 'configmap', evidence: 'ConfigMap shop/settings, password' }],
      links: [],
      ...known,
      ...(publicId === undefined ? {} : { publicId }),
      ...(createdAt === undefined ? {} : { createdAt }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(existsSince === undefined ? {} : { existsSince }),
      ...(applicationsIncomplete === undefined ? {} : { applicationsIncomplete }),
    }
    return { facts, score: { level, policy: 'max-v1', factors }, occurrencesTotal }
  })

test('a secret is read as it was written, whatever sentences it shares', () => {
  fc.assert(
    fc.property(body, (secret) => {
      const sentences = [...sharedSentences([secret])]
      const written = writeSecretBody(secret, (text) => sentences.indexOf(text))
      const parsed = parseSecretBody(written.body)
      const numbers = new Set<number>()
      noteSentences(parsed, numbers)
      expect([...numbers].toSorted((a, b) => a - b)).toEqual(sentences.map((_, index) => index))
      expect(readSecretBody(parsed, (number) => sentences[number] ?? 'missing')).toEqual(secret)
    }),
  )
})

test('sentences that name a public id or the place of an age are not shared: they would be as many as secrets', () => {
  fc.assert(
    fc.property(body, (secret) => {
      const { publicId, existsSince } = secret.facts
      const age = secret.score.factors.filter((each) => each.name === 'age').map((each) => each.reason)
      const others = [
        ...secret.facts.reasons,
        secret.facts.applicationsIncomplete,
        'reason' in secret.facts.usage ? secret.facts.usage.reason : undefined,
        'reason' in secret.facts.authorization ? secret.facts.authorization.reason : undefined,
        ...secret.score.factors.filter((each) => each.name !== 'age').map((each) => each.reason),
      ]
      for (const text of sharedSentences([secret])) {
        if (publicId !== undefined && publicId !== '') expect(text).not.toContain(publicId)
        if (existsSince !== undefined && age.includes(text)) expect(others).toContain(text)
      }
    }),
  )
})

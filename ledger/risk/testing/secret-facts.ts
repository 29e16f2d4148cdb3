import fc from 'fast-check'
import { Exposure } from '@mintmark/contract/scan'
import type { SecretFacts } from '@mintmark/ledger/model'

/** The clock of the tests. */
export const NOW = new Date('2026-06-01T00:00:00Z')

const instant = fc.date({ min: new Date('2020-01-01T00:00:00Z'), max: NOW, noInvalidDate: true }).map((date) => date.toISOString())

export const usage: fc.Arbitrary<SecretFacts['usage']> = fc.oneof(
  instant.map((at) => ({ state: 'used', at }) as const),
  instant.map((observedSince) => ({ state: 'never', observedSince }) as const),
  fc.constant({ state: 'unavailable', reason: 'nobody has looked' } as const),
)

export const authorization: fc.Arbitrary<SecretFacts['authorization']> = fc.oneof(
  fc
    .constantFrom('narrow-read', 'broad-read', 'broad-write', 'administrator')
    .map((tier) => ({ state: 'known', tier, reason: 'as its policies say' }) as const),
  fc.constant({ state: 'unavailable', reason: 'nobody has looked' } as const),
)

/** Secrets of every degree of knowledge. */
export const secretFacts: fc.Arbitrary<SecretFacts> = fc
  .record({
    createdAt: fc.option(instant, { nil: undefined }),
    existsSince: fc.option(instant, { nil: undefined }),
    exposures: fc.uniqueArray(fc.constantFrom(...Exposure.options)),
    applications: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { maxLength: 5 }),
    incomplete: fc.boolean(),
    usage,
    authorization,
  })
  .map(({ createdAt, existsSince, exposures, applications, incomplete, ...rest }) => ({
    fingerprint: 'f'.repeat(64),
    kind: 'password',
    provider: 'Generic',
    confidence: 'strong',
    attributes: {},
    reasons: [],
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(existsSince === undefined ? {} : { existsSince: { at: existsSince, evidence: 'its object was created then' } }),
    exposures: exposures.map((exposure) => ({ exposure, evidence: 'a place' })),
    applications,
    ...(incomplete ? { applicationsIncomplete: 'jobs were denied' } : {}),
    ...rest,
    links: [],
  }))

import { z } from 'zod'
import { LEVELS } from '@mintmark/contract/scan'

const KnownLevel = z.enum(LEVELS)
const days = z.int().min(1).max(36_500)

/** Medium from `mediumAfterDays` on, High above `highAfterDays`. */
const DaysThresholds = z
  .object({ enabled: z.boolean(), mediumAfterDays: days, highAfterDays: days })
  .refine((value) => value.mediumAfterDays <= value.highAfterDays, { error: 'mediumAfterDays must not be above highAfterDays', path: ['mediumAfterDays'] })

/** Medium from `mediumFrom` applications on, High from `highFrom` on. */
const ReuseThresholds = z
  .object({ enabled: z.boolean(), mediumFrom: z.int().min(2).max(10_000), highFrom: z.int().min(2).max(10_000) })
  .refine((value) => value.mediumFrom <= value.highFrom, { error: 'mediumFrom must not be above highFrom', path: ['mediumFrom'] })

const Factors = z.object({
  age: DaysThresholds,
  'last-used': DaysThresholds,
  reuse: ReuseThresholds,
  exposure: z.object({
    enabled: z.boolean(),
    levels: z.object({ 'kubernetes-secret': KnownLevel, configmap: KnownLevel, metadata: KnownLevel, workload: KnownLevel }),
  }),
  'authorization-scope': z.object({
    enabled: z.boolean(),
    levels: z.object({ 'narrow-read': KnownLevel, 'broad-read': KnownLevel, 'broad-write': KnownLevel, administrator: KnownLevel }),
  }),
})

/** Version of the published rule; a policy of one's own must have another name. */
const PUBLISHED_VERSION = 'max-v1'

const PUBLISHED_FACTORS: z.infer<typeof Factors> = {
  age: { enabled: true, mediumAfterDays: 90, highAfterDays: 180 },
  'last-used': { enabled: true, mediumAfterDays: 90, highAfterDays: 180 },
  reuse: { enabled: true, mediumFrom: 2, highFrom: 3 },
  exposure: { enabled: true, levels: { 'kubernetes-secret': 'Low', configmap: 'Medium', metadata: 'Medium', workload: 'Critical' } },
  'authorization-scope': { enabled: true, levels: { 'narrow-read': 'Low', 'broad-read': 'Medium', 'broad-write': 'High', administrator: 'Critical' } },
}

/**
 * How levels are given: thresholds and which factors count. The version is stored with every result, so that any level can be explained
 * and computed again later (law 4). Parse foreign policies with it: it refuses thresholds that contradict each other, a policy without any factor,
 * and a changed policy that still calls itself max-v1.
 */
export const RiskPolicy = z
  .object({ version: z.string().min(1).max(64), factors: Factors })
  .refine((policy) => Object.values(policy.factors).some((factor) => factor.enabled), { error: 'at least one factor must be enabled', path: ['factors'] })
  .refine((policy) => policy.version !== PUBLISHED_VERSION || sameFactors(policy.factors), {
    error: 'a policy that differs from max-v1 needs a version of its own',
    path: ['version'],
  })
export type RiskPolicy = z.infer<typeof RiskPolicy>

/** The published rule: the level of a secret is the highest level among its known factors. */
export const MAX_V1: RiskPolicy = { version: PUBLISHED_VERSION, factors: PUBLISHED_FACTORS }

/** Both sides have passed the schema, so their fields stand in the same order. */
function sameFactors(factors: z.infer<typeof Factors>): boolean {
  return JSON.stringify(factors) === JSON.stringify(Factors.parse(PUBLISHED_FACTORS))
}

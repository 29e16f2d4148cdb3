import { z } from 'zod'
import { LEVELS } from '@mintmark/contract/scan/plain'
import { MAX_V1, type RiskPolicy } from './policy.ts'

const KnownLevel = z.enum(LEVELS)
const days = z.int().min(1).max(36_500)

const DaysThresholds = z
  .object({ enabled: z.boolean(), mediumAfterDays: days, highAfterDays: days })
  .refine((value) => value.mediumAfterDays <= value.highAfterDays, { error: 'mediumAfterDays must not be above highAfterDays', path: ['mediumAfterDays'] })

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

/**
 * Parses foreign policies: it refuses thresholds that contradict each other, a policy without any factor, and a changed policy that still
 * calls itself max-v1.
 */
export const RiskPolicySchema: z.ZodType<RiskPolicy> = z
  .object({ version: z.string().min(1).max(64), factors: Factors })
  .refine((policy) => Object.values(policy.factors).some((factor) => factor.enabled), { error: 'at least one factor must be enabled', path: ['factors'] })
  .refine((policy) => policy.version !== MAX_V1.version || sameFactors(policy.factors), {
    error: 'a policy that differs from max-v1 needs a version of its own',
    path: ['version'],
  })

/** Both sides have passed the schema, so their fields stand in the same order. */
function sameFactors(factors: z.infer<typeof Factors>): boolean {
  return JSON.stringify(factors) === JSON.stringify(Factors.parse(MAX_V1.factors))
}

import { z } from 'zod'
import { SERVER_LIMITS } from '../limits.ts'
import { parseAttributeName } from './attribute-name.ts'
import { parseClaims, type ClaimsSpec } from './claims.ts'
import { parseDuration } from './duration.ts'
import { parseSubject } from './subject.ts'
import { parsePathTemplate } from './template.ts'

const OVERRIDES_MAX = 100
const CONDITIONS_MAX = 16
const AUDIENCES_MAX = 64

function checkedText(check: (text: string) => { readonly ok: boolean; readonly reason?: string }): z.ZodType<string> {
  return z
    .string()
    .max(2048)
    .superRefine((text, context) => {
      const result = check(text)
      if (!result.ok) context.addIssue({ code: 'custom', message: result.reason ?? 'is not valid' })
    })
}

function duration(secondsMin: number, secondsMax: number, words: string): z.ZodType<string> {
  return checkedText((text) => {
    const seconds = parseDuration(text)
    if (seconds === undefined) return { ok: false, reason: 'is not a duration such as 30m, 1h or 7d' }
    return { ok: seconds >= secondsMin && seconds <= secondsMax, reason: `is outside ${words}` }
  })
}

const When = z.record(z.string().max(512), z.string().max(SERVER_LIMITS.attributeValueBytesMax)).superRefine((conditions, context) => {
  const names = Object.keys(conditions)
  if (names.length === 0 || names.length > CONDITIONS_MAX) context.addIssue({ code: 'custom', message: `has 1 to ${CONDITIONS_MAX} attributes` })
  for (const name of names) {
    const parsed = parseAttributeName(name)
    if (!parsed.ok) context.addIssue({ code: 'custom', path: [name], message: parsed.reason })
  }
})

const Claims = z
  .union([z.string().max(2048), z.record(z.string(), z.union([z.string().max(1024), z.number(), z.boolean(), z.array(z.string().max(1024)).max(32)]))])
  .superRefine((spec: ClaimsSpec, context) => {
    const parsed = parseClaims(spec)
    if (!parsed.ok) context.addIssue({ code: 'custom', path: parsed.claim === undefined ? [] : [parsed.claim], message: parsed.reason })
  })

const AdditionalIdentity = z.strictObject({
  when: When.optional(),
  pathTemplate: checkedText(parsePathTemplate),
  hint: z
    .string()
    .min(1)
    .refine((text) => Buffer.byteLength(text) <= SERVER_LIMITS.hintBytesMax, `has more than ${SERVER_LIMITS.hintBytesMax} bytes`),
})

const AdditionalIdentities = z
  .array(AdditionalIdentity)
  .max(SERVER_LIMITS.additionalIdentitiesMax)
  .superRefine((identities, context) => {
    const seen = new Set<string>()
    for (const [index, { hint }] of identities.entries()) {
      if (seen.has(hint))
        context.addIssue({ code: 'custom', path: [index, 'hint'], message: `hint "${hint}" is used twice; a workload tells its identities apart by hints` })
      seen.add(hint)
    }
  })

const Policy = z.strictObject({
  pathTemplate: checkedText(parsePathTemplate).optional(),
  x509: z
    .strictObject({
      ttl: duration(SERVER_LIMITS.x509SecondsMin, SERVER_LIMITS.x509SecondsMax, '10s to 30d').optional(),
      subject: checkedText(parseSubject).optional(),
    })
    .optional(),
  jwt: z
    .strictObject({
      ttl: duration(SERVER_LIMITS.jwtSecondsMin, SERVER_LIMITS.jwtSecondsMax, '5m to 168h').optional(),
      additionalClaims: Claims.optional(),
      /** Audiences whose tokens are signed with RS256, beside those of the known clouds; a trailing `*` stands for any ending. */
      rs256Audiences: z.array(z.string().min(1).max(SERVER_LIMITS.audienceBytesMax)).max(AUDIENCES_MAX).optional(),
    })
    .optional(),
  additionalIdentities: AdditionalIdentities.optional(),
})

/** Spec of section `SVIDIssuancePolicy` (docs/mint/policies.md). */
export const IssuancePolicySpec = z.strictObject({
  policy: Policy.optional(),
  policyOverrides: z
    .array(z.strictObject({ when: When, policy: Policy }))
    .max(OVERRIDES_MAX)
    .optional(),
})
export type IssuancePolicySpec = z.infer<typeof IssuancePolicySpec>
/** What one policy sets; what it does not set comes from the policy that it overrides, then from the defaults. */
export type PolicySpec = z.infer<typeof Policy>

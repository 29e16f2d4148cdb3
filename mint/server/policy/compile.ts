import type { TrustDomain } from '@mintmark/spiffe'
import { SERVER_LIMITS } from '../limits.ts'
import type { Platform } from '../ports.ts'
import { algorithmChooser } from './algorithm.ts'
import { parseAttributeName, type AttributeName } from './attribute-name.ts'
import { parseClaims, type ClaimTemplates } from './claims.ts'
import { defaultTemplate } from './defaults.ts'
import { parseDuration } from './duration.ts'
import { PathIds, type PlannedIdentity } from './path-ids.ts'
import type { IssuancePolicySpec, PolicySpec } from './schema.ts'
import { parseSubject, type SubjectTemplate } from './subject.ts'
import { parsePathTemplate, type AttributeSource, type Template } from './template.ts'

/** What credentials look like for workloads that one policy is for. */
export interface IssuanceRules {
  readonly x509Seconds: number
  readonly subject: SubjectTemplate | undefined
  readonly jwtSeconds: number
  readonly claims: ClaimTemplates
  readonly algorithmFor: (audience: readonly string[]) => 'ES256' | 'RS256'
}

/** The identities of a workload, the default one first and the rest in the policy's order; or a static label and a sentence. */
export type Decision =
  | { readonly ok: true; readonly identities: readonly PlannedIdentity[]; readonly rules: IssuanceRules; readonly omitted: readonly string[] }
  | { readonly ok: false; readonly label: string; readonly reason: string }

/** Decides for one cluster. Pure: the same attributes give the same decision. */
export type CompiledPolicy = (attributes: AttributeSource) => Decision

interface Variant {
  readonly when: readonly Condition[]
  readonly ids: PathIds
  readonly additional: readonly { readonly when: readonly Condition[]; readonly ids: PathIds; readonly hint: string }[]
  readonly rules: IssuanceRules
}

interface Condition {
  readonly name: AttributeName
  readonly value: string
}

/**
 * Compiles section `SVIDIssuancePolicy` for a cluster, once per revision of its configuration.
 * The first override whose conditions all hold decides; what it leaves out comes from `policy`, then from the defaults.
 */
export function compilePolicy(
  spec: IssuancePolicySpec,
  cluster: { readonly trustDomain: TrustDomain; readonly platform: Platform; readonly realm: string | undefined },
): CompiledPolicy {
  const base = spec.policy ?? {}
  const fallback = defaultTemplate(cluster.platform, cluster.realm)
  const compile = (when: Readonly<Record<string, string>>, policy: PolicySpec): Variant => compileVariant(when, policy, fallback, cluster.trustDomain)
  const variants = (spec.policyOverrides ?? []).map(({ when, policy }) => compile(when, mergePolicies(base, policy)))
  const otherwise = compile({}, base)
  return (attributes) => decide(variants.find(({ when }) => holds(when, attributes)) ?? otherwise, attributes)
}

const NONE: readonly string[] = []

function decide(variant: Variant, attributes: AttributeSource): Decision {
  const own = variant.ids.of(attributes)
  if (!own.ok) return own
  if (variant.additional.length === 0) return { ok: true, identities: own.alone, rules: variant.rules, omitted: NONE }
  const identities: PlannedIdentity[] = [...own.alone]
  const omitted: string[] = []
  for (const { when, ids, hint } of variant.additional) {
    if (!holds(when, attributes)) continue
    const more = ids.of(attributes)
    if (!more.ok) omitted.push(`${hint}: ${more.reason}`)
    else if (identities.some(({ id }) => id === more.id)) omitted.push(`${hint}: it is the same SPIFFE ID as another one of the workload`)
    else identities.push({ id: more.id, hint })
  }
  return { ok: true, identities, rules: variant.rules, omitted }
}

function holds(conditions: readonly Condition[], attributes: AttributeSource): boolean {
  return conditions.every(({ name, value }) => attributes.get(name.sent) === value)
}

/** Field by field: an override that only sets a TTL keeps the path. */
function mergePolicies(base: PolicySpec, override: PolicySpec): PolicySpec {
  return { ...base, ...override, x509: { ...base.x509, ...override.x509 }, jwt: { ...base.jwt, ...override.jwt } }
}

function compileVariant(when: Readonly<Record<string, string>>, policy: PolicySpec, fallback: string, trustDomain: TrustDomain): Variant {
  return {
    when: compileConditions(when),
    ids: new PathIds(pathTemplate(policy.pathTemplate ?? fallback), trustDomain),
    additional: (policy.additionalIdentities ?? []).map((identity) => ({
      when: compileConditions(identity.when ?? {}),
      ids: new PathIds(pathTemplate(identity.pathTemplate), trustDomain),
      hint: identity.hint,
    })),
    rules: {
      x509Seconds: secondsOf(policy.x509?.ttl, SERVER_LIMITS.x509SecondsDefault),
      subject: policy.x509?.subject === undefined ? undefined : subjectOf(policy.x509.subject),
      jwtSeconds: secondsOf(policy.jwt?.ttl, SERVER_LIMITS.jwtSecondsDefault),
      claims: claimsOf(policy.jwt?.additionalClaims ?? {}),
      algorithmFor: algorithmChooser(policy.jwt?.rs256Audiences ?? []),
    },
  }
}

function compileConditions(when: Readonly<Record<string, string>>): readonly Condition[] {
  return Object.entries(when).map(([written, value]) => {
    const parsed = parseAttributeName(written)
    if (!parsed.ok) throw new RangeError(parsed.reason)
    return { name: parsed.name, value }
  })
}

// The schema has read each of these before: what throws here is a policy that was never checked.
function pathTemplate(source: string): Template {
  const parsed = parsePathTemplate(source)
  if (!parsed.ok) throw new RangeError(parsed.reason)
  return parsed.template
}

function subjectOf(source: string): SubjectTemplate {
  const parsed = parseSubject(source)
  if (!parsed.ok) throw new RangeError(parsed.reason)
  return parsed.subject
}

function claimsOf(spec: Parameters<typeof parseClaims>[0]): ClaimTemplates {
  const parsed = parseClaims(spec)
  if (!parsed.ok) throw new RangeError(parsed.reason)
  return parsed.claims
}

function secondsOf(text: string | undefined, fallback: number): number {
  return text === undefined ? fallback : (parseDuration(text) ?? fallback)
}

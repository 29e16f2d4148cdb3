import { hash } from 'node:crypto'
import { aws, awsByName } from './formats/aws.ts'
import { azure, azureByName } from './formats/azure.ts'
import { connectionStrings } from './formats/connection-string.ts'
import { dataPlatforms, dataPlatformsByName } from './formats/data-platforms.ts'
import { github } from './formats/github.ts'
import { gitlab } from './formats/gitlab.ts'
import { googleByName, googleTokens } from './formats/google.ts'
import { headers, headersByName } from './formats/header.ts'
import { hosting, hostingByName } from './formats/hosting.ts'
import { infrastructure, infrastructureByName } from './formats/infrastructure.ts'
import { jsonWebTokens } from './formats/jwt.ts'
import { mailAndPhone, mailAndPhoneByName } from './formats/mail-and-phone.ts'
import { messaging, messagingByName } from './formats/messaging.ts'
import { models, modelsByName } from './formats/models.ts'
import { observability, observabilityByName } from './formats/observability.ts'
import { packages, packagesByName } from './formats/packages.ts'
import { payments, paymentsByName } from './formats/payments.ts'
import { positional } from './formats/positional.ts'
import { privateKeys } from './formats/private-key.ts'
import { productivity, productivityByName } from './formats/productivity.ts'
import { social, socialByName } from './formats/social.ts'
import { sourceHosting, sourceHostingByName } from './formats/source-hosting.ts'
import { urls } from './formats/url.ts'
import { KINDS, type Kind } from './kinds.ts'
import type { FormatRule, KeyedRule, RuleSource } from './rule.ts'

/** Every format that identifies itself. The order decides nothing: overlaps are resolved by how specific a verdict is. */
export const FORMAT_RULES: readonly FormatRule[] = [
  ...aws, ...azure, ...googleTokens, ...github, ...gitlab, ...sourceHosting, ...models, ...messaging, ...mailAndPhone, ...payments, ...packages, ...observability,
  ...infrastructure, ...hosting, ...dataPlatforms, ...productivity, ...social, ...jsonWebTokens, ...privateKeys, ...urls, ...connectionStrings, ...positional, ...headers,
] // prettier-ignore

/** Every shape that needs a name; the first rule of a name whose shape fits decides, so that narrow ones come first. */
export const KEYED_RULES: readonly KeyedRule[] = [
  ...awsByName, ...azureByName, ...googleByName, ...sourceHostingByName, ...modelsByName, ...messagingByName, ...mailAndPhoneByName, ...paymentsByName, ...packagesByName,
  ...observabilityByName, ...infrastructureByName, ...hostingByName, ...dataPlatformsByName, ...productivityByName, ...socialByName, ...headersByName,
] // prettier-ignore

/** A rule as documentation shows it. */
export interface CatalogueRow {
  readonly rule: string
  readonly kind: Kind
  readonly provider: string
  readonly decidedBy: 'form' | 'name and form'
  readonly about: string
  readonly source: RuleSource
}

/** The whole catalogue for documentation, ordered by kind and rule. */
export function listCatalogue(): readonly CatalogueRow[] {
  const row = (rule: FormatRule | KeyedRule, decidedBy: CatalogueRow['decidedBy']): CatalogueRow => ({
    rule: rule.id,
    kind: rule.kind,
    provider: rule.provider,
    decidedBy,
    about: KINDS[rule.kind],
    source: rule.source,
  })
  return [...FORMAT_RULES.map((rule) => row(rule, 'form')), ...KEYED_RULES.map((rule) => row(rule, 'name and form'))].sort((left, right) =>
    `${left.kind} ${left.rule}` < `${right.kind} ${right.rule}` ? -1 : 1,
  )
}

/** Version of the rule data: the same rules have the same version on every machine. */
export function rulesVersion(): string {
  const formats = FORMAT_RULES.map((rule) => `${rule.id}\n${rule.kind}\n${rule.anchors.join(' ')}\n${rule.pattern.source}\n`)
  const keyed = KEYED_RULES.map((rule) => `${rule.id}\n${rule.kind}\n${rule.name.owner?.source ?? ''} ${rule.name.last.source}\n${rule.shape.source}\n`)
  return hash('sha256', [...formats, ...keyed].join(''), 'hex').slice(0, 16)
}

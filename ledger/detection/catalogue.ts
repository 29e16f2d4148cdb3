import { createHash } from 'node:crypto'
import { aws, awsByName } from './formats/aws.ts'
import { github } from './formats/github.ts'
import { KINDS, type Kind } from './kinds.ts'
import type { FormatRule, KeyedRule, RuleSource } from './rule.ts'

/** Every format that identifies itself. The order decides nothing: overlaps are resolved by how specific a verdict is. */
export const FORMAT_RULES: readonly FormatRule[] = [...aws, ...github]

/** Every shape that needs a name; the first rule of a name whose shape fits decides. */
export const KEYED_RULES: readonly KeyedRule[] = [...awsByName]

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
  const hash = createHash('sha256')
  for (const rule of FORMAT_RULES) hash.update(`${rule.id}\n${rule.kind}\n${rule.anchors.join(' ')}\n${rule.pattern.source}\n`)
  for (const rule of KEYED_RULES) hash.update(`${rule.id}\n${rule.kind}\n${rule.name.source}\n${rule.shape.source}\n`)
  return hash.digest('hex').slice(0, 16)
}

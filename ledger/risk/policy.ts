import type { Exposure, Level } from '@mintmark/contract/scan'

type KnownLevel = Exclude<Level, 'Unknown'>

/** Medium from `mediumAfterDays` on, High above `highAfterDays`. */
export interface DaysRule {
  readonly enabled: boolean
  readonly mediumAfterDays: number
  readonly highAfterDays: number
}

/** Medium from `mediumFrom` applications on, High from `highFrom` on. */
export interface ReuseRule {
  readonly enabled: boolean
  readonly mediumFrom: number
  readonly highFrom: number
}

/** A level for each class. */
export interface LevelsRule<Class extends string> {
  readonly enabled: boolean
  readonly levels: Readonly<Record<Class, KnownLevel>>
}

/**
 * How levels are given: thresholds and which factors count. The version is stored with every result, so that any level can be explained
 * and computed again later (law 4). Foreign ones are parsed by the schema in `policy-schema.ts`, which scoring itself does not load.
 */
export interface RiskPolicy {
  readonly version: string
  readonly factors: {
    readonly age: DaysRule
    readonly 'last-used': DaysRule
    readonly reuse: ReuseRule
    readonly exposure: LevelsRule<Exposure>
    readonly 'authorization-scope': LevelsRule<'narrow-read' | 'broad-read' | 'broad-write' | 'administrator'>
  }
}

/** The published rule: the level of a secret is the highest level among its known factors. A policy of one's own must have another name. */
export const MAX_V1: RiskPolicy = {
  version: 'max-v1',
  factors: {
    age: { enabled: true, mediumAfterDays: 90, highAfterDays: 180 },
    'last-used': { enabled: true, mediumAfterDays: 90, highAfterDays: 180 },
    reuse: { enabled: true, mediumFrom: 2, highFrom: 3 },
    exposure: { enabled: true, levels: { 'kubernetes-secret': 'Low', configmap: 'Medium', metadata: 'Medium', workload: 'Critical' } },
    'authorization-scope': { enabled: true, levels: { 'narrow-read': 'Low', 'broad-read': 'Medium', 'broad-write': 'High', administrator: 'Critical' } },
  },
}

import type { Level, Observation } from '@mintmark/contract/scan'

/** Numbers of observation entities in the database. Occurrences come last, so that a namespace is read with its context first. */
export const ENTITY_CODES: Readonly<Record<Observation['entity'], number>> = {
  cluster: 1,
  deployment: 2,
  identity: 3,
  use: 4,
  link: 5,
  reference: 6,
  occurrence: 7,
}

/** What a secret can be asked by. */
export const SUBJECT_KINDS = { application: 1, deployment: 2, identity: 3, namespace: 4, cluster: 5, kind: 6, provider: 7 } as const
/** One of them. */
export type SubjectKind = keyof typeof SUBJECT_KINDS

/** Type prefixes of public ids (the product's own where it has one: `ast-` for applications). */
export const ID_PREFIXES = { application: 'ast-', deployment: 'dep-', identity: 'idn-', secret: 'sec-', integration: 'int-' } as const

const RANKS: readonly Level[] = ['Unknown', 'Low', 'Medium', 'High', 'Critical']

/** Position of a level for comparison; `Unknown` stands below all and is never "at least" anything. */
export function rankOf(level: Level): number {
  return RANKS.indexOf(level)
}

/** The level at a position; see {@link rankOf}. */
export function levelOfRank(rank: number): Level {
  return RANKS[rank] ?? 'Unknown'
}

/** Public form of a uuid of ours. */
export function publicId(kind: keyof typeof ID_PREFIXES, uuid: string): string {
  return `${ID_PREFIXES[kind]}${uuid}`
}

/** The uuid inside a public id; undefined when it is none of this kind. */
export function uuidOf(kind: keyof typeof ID_PREFIXES, id: string): string | undefined {
  const prefix = ID_PREFIXES[kind]
  if (!id.startsWith(prefix)) return undefined
  const uuid = id.slice(prefix.length)
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid) ? uuid : undefined
}

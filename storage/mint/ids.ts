/** Type prefixes of ids, as `spirlctl` and the API show them. */
const PREFIXES = { trustDomain: 'td-', realm: 'rlm-', cluster: 'c-', clusterVersion: 'cv-', federationLink: 'fl-' } as const
/** What has an id of this store. */
export type MintKind = keyof typeof PREFIXES

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Public form of a uuid of ours. */
export function mintId(kind: MintKind, uuid: string): string {
  return `${PREFIXES[kind]}${uuid}`
}

/** The uuid inside a public id; null, which equals nothing in SQL, when it is none of this kind. */
export function mintUuid(kind: MintKind, id: string): string | null {
  const prefix = PREFIXES[kind]
  const uuid = id.slice(prefix.length)
  return id.startsWith(prefix) && UUID.test(uuid) ? uuid : null
}

/** Whether text can be looked for at all: PostgreSQL refuses U+0000 as a value, and nothing is stored under it. */
export function canBeStored(text: string): boolean {
  return !text.includes('\u0000')
}

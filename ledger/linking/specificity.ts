/** Kinds that only say "some secret"; everything else names its use or its issuer. */
const GENERIC_KINDS: ReadonlyMap<string, number> = new Map([
  ['generic-secret', 4],
  ['generic-token', 3],
  ['generic-api-key', 3],
  ['password', 2],
  ['passphrase', 2],
  ['bearer-token', 2],
  ['encryption-key', 2],
  ['signing-secret', 2],
  ['basic-auth', 1],
  ['url-credentials', 1],
  ['connection-string', 1],
  ['oauth-client-secret', 1],
  ['private-key', 1],
  ['jwt', 1],
])

/** How little a kind says: 0 names an issuer and a purpose, more is vaguer. Decides between two readings of the same value. */
export function vaguenessOf(kind: string): number {
  return GENERIC_KINDS.get(kind) ?? 0
}

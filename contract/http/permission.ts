/**
 * What a route demands of its caller. Every route declares one as `x-permission`; a route without one does not compile.
 * `public` routes take no credentials. `scan.read` lets a scanner follow its own scans and an administrator every scan.
 * `scan.key` hands out the key of fingerprints, which no person holds.
 * `mint.keys` moves the keysets that everything trusts, `mint.issue` gives out identities by hand.
 */
export const PERMISSIONS = [
  'public',
  'session',
  'inventory.read',
  'integration.read',
  'integration.write',
  'scan.read',
  'scan.append',
  'scan.key',
  'mint.read',
  'mint.write',
  'mint.keys',
  'mint.issue',
] as const
/** One of {@link PERMISSIONS}. */
export type Permission = (typeof PERMISSIONS)[number]

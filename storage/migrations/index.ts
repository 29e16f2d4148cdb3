import { foundation } from './0001-foundation.ts'
import { mint } from './0002-mint.ts'
import { issuedPlaces } from './0003-issued-places.ts'
import { fingerprintKey } from './0004-fingerprint-key.ts'
import type { Migration } from './migration.ts'

/** In order, without gaps; forward only. */
export const MIGRATIONS: readonly Migration[] = [foundation, mint, issuedPlaces, fingerprintKey]

export type { Migration } from './migration.ts'
export { migrate, type MigrationOutcome } from './run.ts'

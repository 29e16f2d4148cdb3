export type * from './store.ts'
export type { DatabaseAddress } from './address.ts'
export { ConflictError, InvalidCursorError, isUnavailable, StatementError, StorageUnavailableError } from './errors.ts'
export { STORAGE_LIMITS } from './limits.ts'
export type { MigrationOutcome } from './migrations/index.ts'
export { migrate, openStore, type StoreOptions } from './open.ts'
export {
  findPostgresBinaries,
  startEmbeddedDatabase,
  type EmbeddedDatabase,
  type EmbeddedOptions,
  type EmbeddedState,
  type PostgresBinaries,
} from './embedded/index.ts'

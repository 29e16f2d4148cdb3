export { startEmbeddedDatabase, type EmbeddedDatabase } from './embedded/index.ts'
export { ConflictError, InvalidCursorError, StorageUnavailableError } from './errors.ts'
export type * from './store.ts'

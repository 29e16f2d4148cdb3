export { startEmbeddedDatabase, type EmbeddedDatabase, type EmbeddedOptions, type EmbeddedState } from './supervisor.ts'
export { findPostgresBinaries, type PostgresBinaries } from './binaries.ts'

/**
 * The part of the scan document that needs no schemas: constants, and the writing of lines. A scanner only writes, and a schema library
 * would be an eighth of its memory.
 */
export * from './format.ts'
export * from './limits.ts'
export * from './scales.ts'

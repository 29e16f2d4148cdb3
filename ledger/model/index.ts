export * from './coverage.ts'
export * from './keys.ts'
export * from './levels.ts'
export * from './linked.ts'

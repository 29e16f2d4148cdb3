export * from './keys.ts'
export * from './linked.ts'

export { isPlaceholder } from './placeholders.ts'
export { judgeName } from './judge.ts'
export { recogniseReference } from './references.ts'

export { createHpackDecoder, HpackError } from './decoder.ts'
export { encodeWithoutState } from './encoder.ts'
export type { HeaderField } from './static-table.ts'

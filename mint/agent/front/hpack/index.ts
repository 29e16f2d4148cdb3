export { createHpackDecoder, HpackError, type HpackDecoder } from './decoder.ts'
export { encodeWithoutState } from './encoder.ts'
export type { HeaderField } from './static-table.ts'

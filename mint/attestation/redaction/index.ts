export { AttributePatternError } from './pattern.ts'
export { createRedaction, type Redaction } from './redaction.ts'

export { AttributePatternError, parseAttributePattern, type AttributePattern } from './pattern.ts'
export { createRedaction, type Redaction } from './redaction.ts'

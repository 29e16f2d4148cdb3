/** Characters of one attribute's name. Label keys have at most 317, claims of a token may be longer. */
export const ATTRIBUTE_NAME_LENGTH_MAX = 512
/** Characters of one attribute's value: a template cannot use more, and an annotation may have 256 KB. */
export const ATTRIBUTE_VALUE_LENGTH_MAX = 1024
/** Attributes of one workload. */
export const ATTRIBUTES_MAX = 512

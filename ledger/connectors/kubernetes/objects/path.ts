import { LIMITS } from '@mintmark/contract/scan/plain'
import { boundText } from './fields.ts'

/**
 * One step into an object: a field by name, an item of a list (with the key that server-side apply merges it by, where it has one),
 * or an entry of a map whose keys users choose.
 */
export type Step = string | { readonly index: number; readonly name?: string } | { readonly entry: string }

/** The way to one value, from the object's root. */
export type FieldPath = readonly Step[]

/** As Kubernetes writes it: `spec.template.spec.containers[0].env[2].value`, `data[application.yml]`. */
export function formatPath(path: FieldPath): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'string') text += text === '' ? step : `.${step}`
    else text += `[${'entry' in step ? step.entry : step.index}]`
  }
  return boundText(text, LIMITS.pathCharsMax / 2)
}

/**
 * The same way through a FieldsV1 set of `metadata.managedFields`.
 * It ends before the first list item without a merge key, because such lists are owned as a whole.
 */
export function ownershipPath(path: FieldPath): readonly string[] {
  const keys: string[] = []
  for (const step of path) {
    if (typeof step === 'string') keys.push(`f:${step}`)
    else if ('entry' in step) keys.push(`f:${step.entry}`)
    else if (step.name === undefined) return keys
    else keys.push(`k:${JSON.stringify({ name: step.name })}`)
  }
  return keys
}

import type { ScanEvent } from '@mintmark/contract/scan'
import type { Detector } from '@mintmark/ledger/detection'
import { isFields, optionalText } from './objects/fields.ts'
import { toKubernetesObject } from './objects/object.ts'
import { kindNamed } from './permissions.ts'
import { findValues } from './places/find-values.ts'
import { parseItem } from './reader/parse-item.ts'
import type { ParsedItem } from './reader/parse-item.ts'

/**
 * Everything that detection says of one object by itself, without a network and without knowing its consumers.
 *
 * @param input the object's JSON as an API server sends it (its managedFields are not parsed unless a finding needs them), or the parsed object
 * @param kind needed where the object does not say it, as in lists
 * @returns nothing for kinds outside of the ten and for what is not an object
 * @throws SyntaxError when the bytes are not JSON; its message may quote them and must not be shown
 */
export function detectObject(input: Buffer | object, detector: Detector, options: { readonly cluster?: string; readonly kind?: string } = {}): ScanEvent[] {
  const item: ParsedItem | { readonly value: object; readonly managedFields: undefined } = Buffer.isBuffer(input)
    ? parseItem(input)
    : { value: input, managedFields: undefined }
  const kind = options.kind ?? (isFields(item.value) ? optionalText(item.value['kind']) : undefined)
  const row = kindNamed(kind ?? '')
  const object = row === undefined ? undefined : toKubernetesObject(row, item.value, item.managedFields)
  return object === undefined ? [] : findValues({ cluster: options.cluster ?? 'cluster', object }, detector)
}

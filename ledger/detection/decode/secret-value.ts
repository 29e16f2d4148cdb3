import { bytesOfBase64, textOfBytes } from './base64.ts'
import { describeBinary } from './binary.ts'
import type { Decoding } from './decoding.ts'
import { readRegistries } from './docker-config.ts'
import { unpackGzip } from './gzip.ts'
import { decodeHelmRelease } from './helm-release.ts'
import { isCold } from './gate.ts'
import { readJson } from './json.ts'
import { DECODE_LIMITS } from './limits.ts'
import { isHotName } from '../names/hot.ts'
import { decodedPassage, Locator, opaque, type Passage } from './passage.ts'
import { TreeWalk } from './walk.ts'

/** Decodes a value of a Secret, or of a ConfigMap's binaryData, by its declared form and the Secret's type. */
export function decodeSecretValue(passage: Passage, form: 'text' | 'base64', secretType: string | undefined, decoding: Decoding): void {
  if (form === 'text') {
    decodeByType(passage, secretType, decoding)
    return
  }
  const bytes = bytesOfBase64(passage.text)
  if (bytes === undefined) {
    // A template that was never rendered is no fault of the file.
    if (!passage.text.includes('{{') && !passage.text.includes('${')) decoding.problem(passage, 'The value is not base64; it was searched as it stands.')
    decoding.decode(passage)
    return
  }
  if (bytes.length === 0) return
  const text = textOfBytes(bytes)
  // The entry's own base64 is the form of the API field: places inside it are places of the decoded text.
  const isEntry = passage.field === undefined
  if (text !== undefined) {
    const decoded = isEntry ? { ...passage, text, encoding: [...passage.encoding, 'base64'] } : decodedPassage(passage, text, 'base64')
    decodeByType(decoded, secretType, decoding)
    return
  }
  decodeBinary(passage, bytes, decoding)
}

function decodeByType(passage: Passage, secretType: string | undefined, decoding: Decoding): void {
  if (secretType === 'helm.sh/release.v1' && passage.name === 'release') {
    if (decodeHelmRelease(passage, decoding)) return
    decoding.problem(passage, 'The Helm release could not be unpacked; it was searched as it stands.')
  }
  if (secretType === 'kubernetes.io/dockercfg' && passage.name === '.dockercfg') {
    const reading = readJson(passage.text)
    const [document] = reading.documents
    if (document?.is === 'map') {
      const walk = new TreeWalk(passage, new Locator(passage.text, passage.anchor), decoding)
      readRegistries(document, { name: passage.name, field: passage.field, siblings: [], isSuspicious: true, isHot: true }, walk)
      return
    }
  }
  if (isHotName(passage.name) || passage.aliases.some(isHotName) || passage.text.length > DECODE_LIMITS.structuredCharsMax || !isCold(passage.text))
    decoding.decode(passage)
}

function decodeBinary(passage: Passage, bytes: Buffer, decoding: Decoding): void {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    const unpacked = unpackGzip(bytes)
    if (unpacked.problem !== undefined) decoding.problem(passage, unpacked.problem)
    if (unpacked.text !== undefined) decoding.decode(decodedPassage(decodedPassage(passage, '', 'base64'), unpacked.text, 'gzip'))
    return
  }
  const kind = describeBinary(bytes, passage.name)
  // Binary key stores have no text: their base64 form stands for them, and the last step says what it holds.
  if (kind !== undefined) decoding.value({ ...passage, anchor: opaque(passage.anchor), encoding: [...passage.encoding, 'base64', kind] })
}

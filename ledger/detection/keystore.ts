import type { Entry } from './finding.ts'
import type { Judged } from './engine.ts'

/** First bytes in base64: JKS (FEEDFEED) and JCEKS (CECECECE), each with version 2 in the next four bytes. */
const JAVA_KEYSTORE = /^(?:\/u3\+7QAAAA[EI]|zs7OzgAAAA[EI])/
/** PKCS#12 is a DER sequence of version 3 and a content info: 30 82 .. .. 02 01 03 30. */
const DER_SEQUENCE = 'MI'
const KEYSTORE_CHARS_MIN = 200

/** The binary key stores among the entries. Their passwords are needed to read them, so only their presence is told. */
export function findKeystores(entries: readonly Entry[]): readonly Judged[] {
  let found: Judged[] | undefined
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index]
    const keystore = entry === undefined ? undefined : findKeystore(entry, index)
    if (keystore !== undefined) (found ??= []).push(keystore)
  }
  return found ?? NONE
}

const NONE: readonly Judged[] = []

function findKeystore(entry: Entry, index: number): Judged | undefined {
  const value = entry.value
  if (value.length < KEYSTORE_CHARS_MIN) return undefined
  const provider = JAVA_KEYSTORE.test(value) ? 'Java' : isPkcs12(value) ? 'PKCS#12' : undefined
  if (provider === undefined) return undefined
  const leaf = {
    entry: index,
    origin: entry.origin,
    name: entry.key,
    field: undefined,
    text: value,
    line: 1,
    column: 1,
    encoding: ['base64'],
    siblings: [],
    aliases: [],
    structure: 'value' as const,
    historic: undefined,
  }
  const verdict = {
    kind: 'keystore',
    role: 'secret' as const,
    provider,
    confidence: 'strong' as const,
    rule: 'keystore',
    start: 0,
    end: value.length,
    canonical: value.trim(),
    attributes: {},
    reasons: [`The content begins as a ${provider} key store; what it holds can only be told with its password`],
  }
  return { leaf, verdict }
}

function isPkcs12(value: string): boolean {
  if (!value.startsWith(DER_SEQUENCE)) return false
  const head = Buffer.from(value.slice(0, 16), 'base64')
  const lengthBytes = head[1] === 0x80 ? 0 : (head[1] ?? 0) & 0x7f
  if (head[0] !== 0x30 || lengthBytes > 4) return false
  const at = 2 + lengthBytes
  return head[at] === 2 && head[at + 1] === 1 && head[at + 2] === 3 && head[at + 3] === 0x30
}

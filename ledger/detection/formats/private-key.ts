import type { Attributes, Confidence } from '@mintmark/contract/scan'
import type { Found, FormatRule, Reading } from '../rule.ts'
import { describePemKey, type PemKey } from './pem-key.ts'
import { spkiIdOfSshBlob } from './ssh-key.ts'

/** Longest private key that is read: RSA of 16,384 bits in PEM has 13 KB. */
const KEY_CHARS_MAX = 64 * 1024
/** Longest `-----BEGIN … ` before the words PRIVATE KEY. */
const LABEL_CHARS_MAX = 48
/** Characters on either side of the key in which the other fields of a key file are looked for. */
const KEY_FILE_CHARS = 2_000
/** Base64 characters of the smallest private key (Ed25519 in PKCS#8); less is an example with its middle cut out. */
const BODY_CHARS_MIN = 60

const RFC7468 = { page: 'RFC 7468 (PEM), RFC 5958 (PKCS#8), RFC 8017 (PKCS#1), RFC 5915 (EC)', licence: 'facts' } as const

/** Private keys in text form. */
export const privateKeys: readonly FormatRule[] = [
  {
    id: 'pem-private-key',
    kind: 'private-key',
    provider: 'PKI',
    anchors: ['PRIVATE KEY-----', 'PRIVATE KEY BLOCK-----'],
    pattern: /PRIVATE KEY(?: BLOCK)?-----/y,
    edges: 'open',
    read: readPem,
    source: RFC7468,
  },
  {
    id: 'putty-private-key',
    kind: 'ssh-private-key',
    provider: 'SSH',
    anchors: ['PuTTY-User-Key-File-'],
    pattern: /PuTTY-User-Key-File-[123]: ([\w@.-]{1,64})/y,
    edges: 'open',
    read: readPutty,
    source: { page: 'https://the.earth.li/~sgtatham/putty/0.81/htmldoc/AppendixC.html', licence: 'facts' },
  },
]

/** Reads the block round the words PRIVATE KEY. Line ends may be real, escaped as \n, or replaced by blanks, as environment variables have them. */
function readPem({ leaf, name, start, end }: Found): Reading | undefined {
  const text = leaf.text
  // Only a label's length back and up to the next dashes forward, so that many half blocks cost no more than their length.
  const before = text.slice(Math.max(0, start - LABEL_CHARS_MAX), start).lastIndexOf('-----BEGIN ')
  if (before === -1) return undefined
  const begin = Math.max(0, start - LABEL_CHARS_MAX) + before
  const label = text.slice(begin + '-----BEGIN '.length, end - '-----'.length)
  if (!/^[A-Z0-9 ]+$/.test(label)) return undefined
  const footer = `-----END ${label}-----`
  const close = text.indexOf('-----', end)
  if (close === -1 || close - end > KEY_CHARS_MAX || !text.startsWith(footer, close)) return undefined
  const written = text.slice(end, close)
  const inside = written.includes('\\') ? written.replaceAll(/\\[nrt]/g, '\n') : written
  if (label.includes('PGP')) return readPgp(begin, close + footer.length, inside)
  const isEncryptedLegacy = inside.includes('ENCRYPTED')
  const body = bodyOf(inside)
  if (body === undefined) return undefined
  const key = describePemKey(label, body, isEncryptedLegacy)
  const account = serviceAccountOf(name, leaf.siblings) ?? serviceAccountInText(text, begin, close)
  return { ...readingOf(key, label, body, name, account), start: begin, end: close + footer.length }
}

const BODY = /^[A-Za-z0-9+/]+={0,2}$/

/** The base64 of a block without line ends and headers, or undefined when it is none. Nearly every block is lines of base64 and nothing else. */
function bodyOf(inside: string): string | undefined {
  const joined = inside.replaceAll('\n', '')
  const body = BODY.test(joined) ? joined : inside.replaceAll(/^[A-Za-z-]{3,40}: .*$/gm, '').replaceAll(/[\s\\",]+/g, '')
  return body.length < BODY_CHARS_MIN || (body !== joined && !BODY.test(body)) ? undefined : body
}

function readingOf(key: PemKey, label: string, body: string, name: string, account: ServiceAccount | undefined): Reading {
  const isSsh = label === 'OPENSSH PRIVATE KEY' || /(?:^|[^a-z])(?:ssh|id_(?:rsa|dsa|ecdsa|ed25519)|identity|deploy[_-]?key)/i.test(name)
  const attributes: Attributes = {
    algorithm: key.algorithm,
    encrypted: key.encrypted ? 'yes' : 'no',
    ...(key.spki === undefined ? {} : { publicKeySha256: key.spki }),
  }
  const canonical = `${label}\n${body}`
  const parsed: { readonly confidence: Confidence; readonly reasons: readonly string[] } =
    key.state === 'read'
      ? { confidence: 'exact', reasons: ['The private key was parsed; its public half identifies it'] }
      : key.state === 'sealed'
        ? { confidence: 'strong', reasons: ['A private key under a passphrase'] }
        : { confidence: 'medium', reasons: ['The block has the form of a private key, but its content could not be parsed'] }
  if (account !== undefined) {
    const { keyId, email } = account
    return {
      kind: 'gcp-service-account-key',
      provider: 'Google Cloud',
      canonical,
      ...(keyId === undefined ? {} : { publicId: keyId }),
      attributes: { ...attributes, ...(email === undefined ? {} : { client_email: email }) },
      confidence: parsed.confidence,
      reasons: [...parsed.reasons, 'It stands in the key file of a service account of Google Cloud'],
    }
  }
  return {
    kind: isSsh ? 'ssh-private-key' : 'private-key',
    provider: isSsh ? 'SSH' : 'PKI',
    canonical,
    ...(key.spki === undefined ? {} : { publicId: key.spki }),
    attributes,
    ...parsed,
  }
}

interface ServiceAccount {
  readonly keyId: string | undefined
  readonly email: string | undefined
}

/** A key file of Google Cloud that was not taken apart, because it is a template or escaped once more. */
function serviceAccountInText(text: string, begin: number, close: number): ServiceAccount | undefined {
  const around = text.slice(Math.max(0, begin - KEY_FILE_CHARS), begin) + text.slice(close, close + KEY_FILE_CHARS)
  if (!/type\\?["']?: ?\\?["']?service_account/.test(around)) return undefined
  return {
    keyId: /private_key_id\\?["']?: ?\\?["']?([0-9a-f]{40})/.exec(around)?.[1],
    email: /client_email\\?["']?: ?\\?["']?([\w.@-]{1,200}\.gserviceaccount\.com)/.exec(around)?.[1],
  }
}

/** The neighbours of `private_key` in a key file of Google Cloud. */
function serviceAccountOf(name: string, siblings: readonly string[]): ServiceAccount | undefined {
  if (!/private_?key/i.test(name)) return undefined
  const valueOf = (key: string): string | undefined => siblings.find((sibling) => sibling.startsWith(`${key}=`))?.slice(key.length + 1)
  const email = valueOf('client_email')
  const isServiceAccount = valueOf('type') === 'service_account' || email?.endsWith('.gserviceaccount.com') === true
  return isServiceAccount ? { keyId: valueOf('private_key_id'), email } : undefined
}

function readPgp(start: number, end: number, inside: string): Reading | undefined {
  const body = inside.replaceAll(/^[A-Za-z]{3,20}: .*$/gm, '').replaceAll(/\s+/g, '')
  if (body.length < BODY_CHARS_MIN) return undefined
  return { start, end, kind: 'pgp-private-key', provider: 'OpenPGP', canonical: body, reasons: ['A private key block of OpenPGP'] }
}

/** PuTTY writes the public half in clear, so that even a sealed key says whose it is. */
function readPutty({ leaf, start, match }: Found): Reading | undefined {
  const text = leaf.text.slice(start, start + KEY_CHARS_MAX)
  const close = /^Private-(?:MAC|Hash): [0-9a-f]{40,64}/m.exec(text)
  const publicLines = /^Public-Lines: \d{1,3}\r?\n((?:[A-Za-z0-9+/=]{1,100}\r?\n){1,400})/m.exec(text)?.[1]
  const privateLines = /^Private-Lines: \d{1,3}\r?\n((?:[A-Za-z0-9+/=]{1,100}\r?\n){1,400})/m.exec(text)?.[1]
  if (close === null || privateLines === undefined) return undefined
  const spki = publicLines === undefined ? undefined : spkiIdOfSshBlob(Buffer.from(publicLines, 'base64'))
  return {
    end: start + close.index + close[0].length,
    canonical: privateLines.replaceAll(/\s+/g, ''),
    ...(spki === undefined ? {} : { publicId: spki }),
    attributes: { algorithm: match[1] ?? 'unknown', encrypted: /^Encryption: none/m.test(text) ? 'no' : 'yes' },
    reasons: ['A private key in the form of PuTTY'],
  }
}

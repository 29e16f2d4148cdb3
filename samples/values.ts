import { createHash, createPrivateKey } from 'node:crypto'
import { crc32 } from 'node:zlib'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
/** DER of an Ed25519 private key before its 32 bytes (RFC 8410, section 7). */
const ED25519_PREFIX = '302e020100300506032b657004220420'

/**
 * The made-up values of the sample by name: the same in every run, of the right form, and worth nothing. Forms of live tokens are put
 * together here, so that no scanner of repositories meets one in a file.
 */
export function sampleValues(): ReadonlyMap<string, string> {
  return new Map([
    ['storefront-database', 'Oolong-Harbour-41'],
    ['storefront-mail', 'kettle!Brass7'],
    ['storefront-session', letters('session', 44, BASE62)],
    ['stripe-secret', ['sk', 'live', letters('stripe secret', 24, BASE62)].join('_')],
    ['stripe-publishable', ['pk', 'live', letters('stripe publishable', 24, BASE62)].join('_')],
    ['registry', letters('registry', 28, BASE62)],
    ['orders-database', 'S4ucer&Spoon-1887'],
    ['queue', 'Tr3llis-Bergamot'],
    ['sftp', 'gr0wers-Darjeeling'],
    ['aws-access-key-id', accessKeyId('111122223333')],
    ['aws-secret-access-key', letters('aws', 40, `${BASE62}/+`)],
    ['signing-key', signingKey()],
    ['entra-client-secret', `${letters('entra start', 3, BASE62)}8Q~${letters('entra end', 34, BASE62)}`],
    ['invoicing-mail', 'Lap5ang_Souchong'],
    ['sendgrid', ['SG', letters('sendgrid id', 22, BASE62), letters('sendgrid', 43, BASE62)].join('.')],
    ['cache', 'c0ld-brew-Quince9'],
    ['dashboards', 'M1ntLeaf+Samovar'],
    ['warehouse', 'Cardamom-77-Lane'],
    ['warehouse-token', letters('warehouse', 40, BASE62)],
    ['log-shipper', 'Str4iner/Copper'],
    ['probe-basic', Buffer.from('probe:Ginger-Root-5').toString('base64')],
    ['github', withChecksum('ghp', letters('github', 30, BASE62))],
    ['npm', withChecksum('npm', letters('npm', 30, BASE62))],
    ['backup', 'seven copper kettles beneath one lantern'],
  ])
}

/** Letters that depend on a name only. */
function letters(name: string, count: number, alphabet: string): string {
  let text = ''
  for (let block = 0; text.length < count; block += 1) {
    const bytes = createHash('sha512').update(`mintmark sample ${name} ${block}`).digest()
    for (const byte of bytes) text += alphabet[byte % alphabet.length] ?? ''
  }
  return text.slice(0, count)
}

/** An access key id that carries its account, as AWS builds them since 2019: a set bit, 40 bits of account, 39 bits more. */
function accessKeyId(account: string): string {
  const tail = BigInt(`0x${createHash('sha256').update('mintmark sample aws id').digest('hex').slice(0, 9)}`)
  let number = (1n << 79n) | (BigInt(account) << 39n) | tail
  let text = ''
  for (let index = 0; index < 16; index += 1) {
    text = `${BASE32[Number(number & 31n)] ?? ''}${text}`
    number >>= 5n
  }
  return ['AK', 'IA', text].join('')
}

/** GitHub's and npm's form: six digits to the base 62 of the CRC-32 of the body follow it. */
function withChecksum(prefix: string, body: string): string {
  let rest = crc32(body)
  let check = ''
  for (let index = 0; index < 6; index += 1) {
    check = `${BASE62[rest % 62] ?? ''}${check}`
    rest = Math.floor(rest / 62)
  }
  return [prefix, `${body}${check}`].join('_')
}

/** A private key in PEM form, indented as the manifest needs it. */
function signingKey(): string {
  const seed = createHash('sha256').update('mintmark sample signing key').digest('hex')
  const key = createPrivateKey({ key: Buffer.from(ED25519_PREFIX + seed, 'hex'), format: 'der', type: 'pkcs8' })
  const pem = key.export({ format: 'pem', type: 'pkcs8' })
  return pem.trim().replaceAll('\n', '\n    ')
}

import { pemToCertificates, readCertificate, type Certificate } from '@mintmark/spiffe'
import { UserError } from '@mintmark/ledger/model'
import { readText } from '../files/read-text.ts'

/** An SVID as it was handed over; nothing of it is verified. */
export type GivenSvid =
  | { readonly kind: 'x509'; readonly der: readonly Uint8Array[]; readonly certificates: readonly Certificate[] }
  | { readonly kind: 'jwt'; readonly token: string }

const TOKEN = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/

/** Reads a PEM chain or a JWT from a file or from standard input. @throws UserError when it is neither */
export async function readSvid(path: string | undefined): Promise<GivenSvid> {
  const text = (await readText(path ?? '-')).trim()
  if (TOKEN.test(text)) return { kind: 'jwt', token: text }
  const read = pemToCertificates(text)
  if (!read.ok) throw notSvid(text.includes('-----BEGIN') ? read.reason : 'it is neither PEM nor a token')
  const certificates = read.certificates.map((der) => {
    const certificate = readCertificate(der)
    if (!certificate.ok) throw notSvid(certificate.reason)
    return certificate
  })
  return { kind: 'x509', der: read.certificates, certificates }
}

/** The reason is ours and quotes nothing: what was given may be a secret of another kind. */
function notSvid(reason: string): UserError {
  return new UserError('not-an-svid', `This is no SVID: ${reason}.`, 'Give a PEM file with the leaf first, or a JWT of three parts.')
}

import { Buffer } from 'node:buffer'
import { CERTIFICATES_MAX, readCertificate } from './certificate.ts'
import { refuse, type Checked } from './checked.ts'
import type { Bundle, TrustDomain } from './model.ts'

/** Largest PEM text that is looked at, in characters. */
const PEM_CHARACTERS_MAX = 4 * 1024 * 1024

const BEGIN = '-----BEGIN CERTIFICATE-----'
const END = '-----END CERTIFICATE-----'
const LINE_CHARACTERS = 64

/** Certificates as PEM, one block each, in order (RFC 7468). */
export function certificatesToPem(certificates: readonly Uint8Array[]): string {
  return certificates.map(toBlock).join('')
}

function toBlock(der: Uint8Array): string {
  const base64 = Buffer.from(der).toString('base64')
  const lines = base64.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? []
  return [BEGIN, ...lines, END, ''].join('\n')
}

/** All certificates of a PEM text, in order. Text between blocks and blocks of other kinds are passed over; a block that holds no certificate is refused. */
export function pemToCertificates(pem: string): Checked<{ certificates: readonly Uint8Array[] }> {
  if (pem.length > PEM_CHARACTERS_MAX) return refuse(`PEM is longer than ${PEM_CHARACTERS_MAX} characters`)
  const certificates: Uint8Array[] = []
  for (let begin = pem.indexOf(BEGIN); begin !== -1; begin = pem.indexOf(BEGIN, begin)) {
    const end = pem.indexOf(END, begin)
    if (end === -1) return refuse('PEM block has no end')
    if (certificates.length === CERTIFICATES_MAX) return refuse(`PEM has more than ${CERTIFICATES_MAX} certificates`)
    const text = pem.slice(begin + BEGIN.length, end).replace(/\s+/g, '')
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return refuse('PEM block is not base64')
    const der = Buffer.from(text, 'base64')
    const checked = readCertificate(der)
    if (!checked.ok) return checked
    certificates.push(der)
    begin = end + END.length
  }
  return certificates.length === 0 ? refuse('PEM has no certificate') : { ok: true, certificates }
}

/** A bundle of roots that were handed over as PEM, without JWT keys: a bootstrap bundle or an upstream's. */
export function bundleFromPem(trustDomain: TrustDomain, pem: string): Checked<{ bundle: Bundle }> {
  const read = pemToCertificates(pem)
  return read.ok ? { ok: true, bundle: { trustDomain, x509Authorities: read.certificates, jwtAuthorities: [] } } : read
}

import { hash } from 'node:crypto'
import { readJwtSvidUnverified, type Certificate } from '@mintmark/spiffe'
import { UserError } from '@mintmark/ledger/model'
import type { Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printFacts } from '../program/facts.ts'
import { printJson } from '../program/rows.ts'
import { timeWords } from '../report/words.ts'
import type { FormatOptions } from '../server/options.ts'
import { readSvid } from './read-svid.ts'

/** `spirlctl svid inspect [FILE]`: what it says of itself. */
export async function inspectSvid(context: Context, options: FormatOptions, path?: string): Promise<number> {
  const svid = await readSvid(path)
  if (svid.kind === 'jwt') return await inspectJwt(context, options, svid.token)
  const certificates = svid.certificates.map(describeCertificate)
  if (options.o === 'json') {
    await printJson(context, { kind: 'x509', verified: false, certificates })
    return EXIT.done
  }
  for (const { spiffeId, isAuthority, notBefore, notAfter, serial, subjectKeyId, authorityKeyId, dnsNames, sha256 } of certificates) {
    await printFacts(context, [
      [isAuthority ? 'Authority' : 'SPIFFE ID', spiffeId ?? 'none'],
      ['Valid', `${timeWords(notBefore)} to ${timeWords(notAfter)}`],
      ['Serial', serial],
      ['Key id', subjectKeyId],
      ['Signed by', authorityKeyId],
      ['DNS names', dnsNames.join(' ')],
      ['SHA-256', sha256],
    ])
  }
  return EXIT.done
}

async function inspectJwt(context: Context, options: FormatOptions, token: string): Promise<number> {
  const read = readJwtSvidUnverified(token)
  if (!read.ok) throw new UserError('not-an-svid', `This is no JWT-SVID: ${read.reason}.`, 'Give the whole token: three parts with dots between.')
  const { id, audience, claims, issuedAt, expiresAt } = read
  if (options.o === 'json') {
    await printJson(context, { kind: 'jwt', verified: false, spiffeId: id, audience, expiresAt: expiresAt.toISOString(), claims })
    return EXIT.done
  }
  const known = new Set(['sub', 'aud', 'exp', 'iat'])
  const further = Object.entries(claims).filter(([name]) => !known.has(name))
  await printFacts(
    context,
    [
      ['SPIFFE ID', id],
      ['Audience', audience.join(', ')],
      ['Issued', issuedAt === undefined ? undefined : timeWords(issuedAt.toISOString())],
      ['Expires', timeWords(expiresAt.toISOString())],
    ],
    [{ title: 'Claims', lines: further.map(([name, value]) => `${name}: ${JSON.stringify(value)}`) }],
  )
  return EXIT.done
}

function describeCertificate(certificate: Certificate) {
  const { uris, dnsNames, isAuthority, notBefore, notAfter, serial, subjectKeyId, authorityKeyId, der } = certificate
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  return {
    ...(uris[0] === undefined ? {} : { spiffeId: uris[0] }),
    isAuthority,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    serial: hex(serial),
    ...(subjectKeyId === undefined ? {} : { subjectKeyId: hex(subjectKeyId) }),
    ...(authorityKeyId === undefined ? {} : { authorityKeyId: hex(authorityKeyId) }),
    dnsNames: [...dnsNames],
    sha256: hash('sha256', der, 'hex'),
  }
}

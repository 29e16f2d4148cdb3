import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { localSigner, pemToCertificates, readCertificate, writeAuthority, type Signer } from '@mintmark/spiffe'
import { AuthorityError } from '../errors.ts'
import type { UpstreamAuthority } from './model.ts'

/** PEM files of an upstream authority. They may be replaced at any time; a new certificate is taken up by the next rotation check. */
export interface UpstreamFiles {
  /** The certificate that signs, then its chain upwards. */
  readonly certificateFile: string
  /** Its private key, PKCS#8 or the older EC and RSA forms, not encrypted. */
  readonly keyFile: string
  /** The root, when it does not stand at the end of the certificate file. */
  readonly rootFile?: string
}

/** Bytes that one of these files may have. */
const FILE_BYTES_MAX = 256 * 1024
/** Certificates from the signing one to the root. */
const CHAIN_LENGTH_MAX = 8

/** An upstream authority whose key lies in a file: issuing certificates become its intermediates, and its root is the trust domain's root. */
export function diskUpstream(files: UpstreamFiles, now: () => Date): UpstreamAuthority {
  async function load(): Promise<{ readonly signer: Signer; readonly chain: readonly X509Certificate[]; readonly notAfter: Date }> {
    const chain = [...(await readChain(files.certificateFile)), ...(files.rootFile === undefined ? [] : await readChain(files.rootFile))]
    const signer = await readSigner(files.keyFile)
    return { signer, chain, notAfter: checkChain(files, chain, signer, now()) }
  }
  return {
    async current() {
      const { chain, notAfter } = await load()
      return { certificate: chain[0]?.raw ?? new Uint8Array(), notAfter }
    },
    async issue({ notAfter, notBefore, ...request }) {
      const loaded = await load()
      const [parent] = loaded.chain
      if (parent === undefined) throw refuse(`${files.certificateFile} holds no certificate`)
      const certificate = await writeAuthority({
        ...request,
        // A certificate that is valid outside of its issuer's time is refused by some verifiers and useless to all.
        notBefore: new Date(Math.max(notBefore.getTime(), Date.parse(parent.validFrom))),
        notAfter: new Date(Math.min(notAfter.getTime(), loaded.notAfter.getTime())),
        pathLength: 0,
        issuer: { signer: loaded.signer, certificate: parent.raw, intermediates: [] },
      })
      return [certificate, ...loaded.chain.map((each) => each.raw)]
    },
  }
}

/** @returns the earliest end of the chain */
function checkChain(files: UpstreamFiles, chain: readonly X509Certificate[], signer: Signer, now: Date): Date {
  const [first] = chain
  const root = chain.at(-1)
  if (first === undefined || root === undefined) throw refuse(`${files.certificateFile} holds no certificate`)
  if (chain.length > CHAIN_LENGTH_MAX) throw refuse(`The upstream chain has ${chain.length} certificates; at most ${CHAIN_LENGTH_MAX} are allowed`)
  if (!first.publicKey.export({ type: 'spki', format: 'der' }).equals(Buffer.from(signer.publicKey))) {
    throw refuse(`The key in ${files.keyFile} does not belong to the first certificate in ${files.certificateFile}`)
  }
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1] ?? certificate
    if (!certificate.ca) throw refuse(`Certificate ${index + 1} of the upstream chain is not an authority's`)
    const read = readCertificate(certificate.raw)
    if (read.ok && read.pathLength !== undefined && read.pathLength < index + 1) {
      throw refuse(`Certificate ${index + 1} of the upstream chain may have ${read.pathLength} authorities below it, and needs ${index + 1}`)
    }
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) {
      throw refuse(
        certificate === root
          ? 'The last certificate of the upstream chain is not a root: it is not signed by itself'
          : `Certificate ${index + 1} of the upstream chain is not signed by the one behind it`,
      )
    }
    if (Date.parse(certificate.validFrom) > now.getTime()) throw refuse(`Certificate ${index + 1} of the upstream chain is not valid yet`)
    if (Date.parse(certificate.validTo) <= now.getTime()) throw refuse(`Certificate ${index + 1} of the upstream chain ended at ${certificate.validTo}`)
  }
  return new Date(Math.min(...chain.map((each) => Date.parse(each.validTo))))
}

async function readChain(file: string): Promise<readonly X509Certificate[]> {
  const read = pemToCertificates((await readBounded(file)).toString('utf8'))
  if (!read.ok) throw refuse(`${file} cannot be used: ${read.reason}`)
  try {
    return read.certificates.map((each) => new X509Certificate(each))
  } catch {
    throw refuse(`${file} holds something that is not a certificate`)
  }
}

async function readSigner(file: string): Promise<Signer> {
  const pem = await readBounded(file)
  try {
    return localSigner(createPrivateKey(pem))
  } catch {
    // The cause is left out: messages of decoders may quote what they could not read.
    throw refuse(`${file} holds no private key that can sign here: it is EC P-256, EC P-384 or RSA of at least 2048 bits, in PEM, not encrypted`)
  } finally {
    pem.fill(0)
  }
}

async function readBounded(file: string): Promise<Buffer> {
  const content = await readFile(file).catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown reason'
    throw refuse(`${file} cannot be read: ${code}`, cause)
  })
  if (content.length > FILE_BYTES_MAX) throw refuse(`${file} is larger than ${FILE_BYTES_MAX} bytes`)
  return content
}

function refuse(happened: string, cause?: unknown): AuthorityError {
  return new AuthorityError('upstream', happened, 'Mend the files of the upstream authority; they are read again at the next check.', { cause })
}

import { readCertificate, type Bundle, type X509Svid } from '@mintmark/spiffe'

/** Keys of one trust domain that its bundle still vouches for. */
export interface KnownKeys {
  /** Whether the chain of an X.509-SVID ends at a root of the bundle, by key id. A chain that does not say is taken for known. */
  readonly vouchesFor: (svid: X509Svid) => boolean
  /** Ids of the keys that verify tokens. */
  readonly jwtKeyIds: ReadonlySet<string>
}

/** Reads the keys of a bundle. */
export function knownKeysOf({ x509Authorities, jwtAuthorities }: Bundle): KnownKeys {
  const roots = new Set<string>()
  for (const der of x509Authorities) {
    const root = readCertificate(der)
    if (root.ok && root.subjectKeyId !== undefined) roots.add(Buffer.from(root.subjectKeyId).toString('hex'))
  }
  return {
    vouchesFor({ certificates }) {
      const top = certificates.at(-1)
      const read = top === undefined ? undefined : readCertificate(top)
      return read?.ok !== true || read.authorityKeyId === undefined || roots.has(Buffer.from(read.authorityKeyId).toString('hex'))
    },
    jwtKeyIds: new Set(jwtAuthorities.map(({ keyId }) => keyId)),
  }
}

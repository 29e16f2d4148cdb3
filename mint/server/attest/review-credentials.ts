import { open } from 'node:fs/promises'
import { AttestationError } from '@mintmark/mint/attestation'

/** Larger than any ServiceAccount token. */
const CREDENTIAL_BYTES_MAX = 16 * 1024
/** What may stand behind `Bearer` (RFC 6750 section 2.1). */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/

/** The server's own credentials for API servers. */
export interface ReviewCredentials {
  /** The credential for an API server, read anew: kubelets and operators replace it under way. @throws AttestationError UNAVAILABLE */
  read(apiServerURL: string): Promise<string>
}

/**
 * Credentials out of files that the settings name, each for one API server alone: configuration chooses a server among them and never a file.
 *
 * @param files base address of an API server to a file with a bearer token
 * @throws RangeError for an address that is not https
 */
export function createReviewCredentials(files: ReadonlyMap<string, string>): ReviewCredentials {
  const byServer = new Map([...files].map(([server, file]) => [addressOf(server), file]))
  return {
    read: async (apiServerURL) => {
      const server = addressOf(apiServerURL)
      const file = byServer.get(server)
      if (file === undefined) {
        throw unavailable(`the server's settings name no credential for ${server}; add ${server}=FILE to MINTMARK_TOKEN_REVIEW_CREDENTIALS`)
      }
      const token = await readBounded(file).catch((error: unknown) => {
        throw unavailable(`the server's own credential for ${server} cannot be read`, error)
      })
      if (!TOKEN.test(token)) throw unavailable(`the server's own credential for ${server} is no bearer token of at most ${CREDENTIAL_BYTES_MAX} bytes`)
      return token
    },
  }
}

function addressOf(server: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined
  if (url === undefined || url.protocol !== 'https:' || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new RangeError(`"${server}" is not the https address of an API server`)
  }
  return url.href.replace(/\/+$/, '')
}

async function readBounded(file: string): Promise<string> {
  await using handle = await open(file)
  const buffer = Buffer.alloc(CREDENTIAL_BYTES_MAX + 1)
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
  return bytesRead > CREDENTIAL_BYTES_MAX ? '' : buffer.toString('latin1', 0, bytesRead).trim()
}

function unavailable(reason: string, cause?: unknown): AttestationError {
  return new AttestationError('UNAVAILABLE', `The ServiceAccount token cannot be reviewed: ${reason}.`, { cause })
}

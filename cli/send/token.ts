import { createClient, signAssertion, type ScannerKeyFile } from '@mintmark/contract/http'

/** A token is renewed this long before it ends, so that no request carries one that ends on the way. */
const RENEW_BEFORE_MS = 60_000

/** Gets and renews the scanner's access token. */
export interface TokenSource {
  /** The current token, or a new one. */
  get(): Promise<string>
  /** The server no longer knows the token: the next call gets a new one. */
  forget(): void
}

/** Proves the scanner by its key: a signed assertion that works once is exchanged for a token (architecture, section 4). */
export function createTokenSource(options: {
  readonly server: string
  readonly key: ScannerKeyFile
  readonly now: () => Date
  readonly fetch?: typeof fetch
}): TokenSource {
  const client = createClient({ server: options.server, ...(options.fetch === undefined ? {} : { fetch: options.fetch }) })
  let current: { readonly text: string; readonly renewAtMs: number } | undefined
  return {
    async get() {
      if (current !== undefined && options.now().getTime() < current.renewAtMs) return current.text
      const assertion = await signAssertion(options.key, options.now())
      const { accessToken, expiresAt } = await client.createScannerToken({ body: { assertion } })
      current = { text: accessToken, renewAtMs: Date.parse(expiresAt) - RENEW_BEFORE_MS }
      return accessToken
    },
    forget() {
      current = undefined
    },
  }
}

import { createControlPlane, createDerivation, createLog, createOneTimeCode } from '@mintmark/control-plane'
import { createClient, type Client } from '@mintmark/contract/http'
import { memoryKeys, openAuthority } from '@mintmark/mint/authority'
import { openTrustDomainServer, type TrustDomainServer } from '@mintmark/mint/server'
import { parseTrustDomain } from '@mintmark/spiffe'
import type { Store } from '@mintmark/storage'
import { Writable } from 'node:stream'
import { createMint } from './operations.ts'

const SERVER = 'http://127.0.0.1:7420'

/** The HTTP interface over a real database and a trust domain server, without a socket between. */
export interface TestMint {
  readonly client: Client
  readonly server: TrustDomainServer
  readonly store: Store
  readonly logged: () => string
  /** Ends the server and the store. */
  close(): Promise<void>
}

/** Opens one; its trust domain is example.org. `serves`: whether this process is the one that issues. */
export async function openTestMint(store: Store, { serves = true }: { readonly serves?: boolean } = {}): Promise<TestMint> {
  let logged = ''
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString()
      done()
    },
  })
  const log = createLog({ level: 'debug', format: 'json', destination })
  const now = (): Date => new Date()
  const parsed = parseTrustDomain('example.org')
  if (!parsed.ok) throw new Error(parsed.reason)
  const row = await store.mint.registry.createTrustDomain({ name: parsed.trustDomain, now: now() })
  const authority = await openAuthority({ trustDomain: parsed.trustDomain, store: store.mint.keysets, keys: memoryKeys(), now })
  const publicUrl = `${SERVER}/mint/example.org`
  const server = await openTrustDomainServer({ trustDomain: row, stores: store.mint, authority, now, log, settings: { publicUrl } })
  const served = { server, authority, agents: { advertisedHost: '127.0.0.1', port: 7421, usesTls: true }, publicUrl, issuer: publicUrl }
  const { app } = createControlPlane({
    store,
    derivation: createDerivation(),
    log,
    mint: createMint({ served: serves ? served : undefined, stores: store.mint, now, log }),
    publicUrl: () => SERVER,
  })
  const fetch: NonNullable<Parameters<typeof createClient>[0]['fetch']> = async (input, init) => {
    const headers = new Headers(init?.headers)
    headers.set('host', new URL(SERVER).host)
    return app.fetch(new Request(input, { ...init, headers }))
  }
  const { code } = await createOneTimeCode(store.access, now())
  const { token } = await createClient({ server: SERVER, fetch }).createSession({ body: { code } })
  if (token === undefined) throw new Error('No token was given')
  return {
    client: createClient({ server: SERVER, token, fetch }),
    server,
    store,
    logged: () => logged,
    close: async () => {
      await server.close()
      await authority.close()
      await store.close()
    },
  }
}

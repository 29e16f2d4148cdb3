import { masterKey, openAuthority, sealedKeys, type Authority, type AuthorityOptions } from '@mintmark/mint/authority'
import { parseTrustDomain } from '@mintmark/spiffe'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { clientSettings, type DatabaseAddress } from '../address.ts'
import { openStore } from '../open.ts'
import type { Store } from '../store.ts'
import { startTestCluster, type TestCluster } from '../testing.ts'

const START = Date.parse('2026-06-01T00:00:00Z')
const LIFETIME_SECONDS = 6_000
const REPLICAS = 4
/** The embedded database comes back by itself; until then a look costs next to nothing. */
const POLL = { interval: 20, timeout: 30_000 }
const MASTER = Buffer.alloc(32, 3)

/** Replicas as they run: a pool of connections and a key manager each, one database, one master key. */
describe('an authority shared through the database', () => {
  let cluster: TestCluster
  let address: DatabaseAddress
  let stores: Store[]
  let clock: { ms: number }
  beforeAll(async () => {
    cluster = await startTestCluster()
  })
  afterAll(() => cluster.stop())
  beforeEach(async () => {
    clock = { ms: START }
    address = await cluster.createDatabase()
    stores = await Promise.all(Array.from({ length: REPLICAS }, () => openStore({ ...address, poolSize: 2 })))
    return async () => {
      await Promise.all(stores.map((store) => store.close()))
    }
  })

  function open(store: Store | undefined, more: Partial<AuthorityOptions> = {}): Promise<Authority> {
    const parsed = parseTrustDomain('example.org')
    if (store === undefined || !parsed.ok) throw new Error('The test arranged nothing to open')
    return openAuthority({
      trustDomain: parsed.trustDomain,
      store: store.mint.keysets,
      keys: sealedKeys(masterKey(MASTER)),
      now: () => new Date(clock.ms),
      settings: { keysetLifetimeSeconds: LIFETIME_SECONDS, jwtAlgorithms: ['ES256'] },
      ...more,
    })
  }
  const openAll = () => Promise.all(stores.map((store) => open(store)))
  const publicKeyOf = (authority: Authority): string => Buffer.from(authority.current().issuer.signer.publicKey).toString('hex')

  test('replicas that start at once on an empty database sign with one key', async () => {
    const replicas = await openAll()
    expect(new Set(replicas.map(publicKeyOf)).size).toBe(1)
    expect(replicas.map((each) => each.current().revision)).toEqual(replicas.map(() => 1n))
  })

  test('replicas that rotate at once make each step once, and a restart finds the same keys', async () => {
    const replicas = await openAll()
    for (const second of [3_000, 5_000, 6_000, 8_000]) {
      clock.ms = START + second * 1_000
      await Promise.all(replicas.map((each) => each.rotateIfDue()))
    }
    expect(new Set(replicas.map((each) => each.current().revision))).toEqual(new Set([5n]))
    const restarted = await open(stores[0])
    expect(publicKeyOf(restarted)).toBe(publicKeyOf(replicas[1] ?? restarted))
  })

  test('verbs of many at the same time leave one active keyset, and each is refused or done', async () => {
    const replicas = await openAll()
    const prepared = await Promise.all(replicas.map((each) => each.prepare()))
    await Promise.all(replicas.map((each) => each.refresh()))
    const outcomes = await Promise.allSettled([
      ...replicas.map((each, index) => each.activate(prepared[index]?.id)),
      ...replicas.map((each, index) => each.taint(prepared[(index + 1) % REPLICAS]?.id ?? '')),
    ])
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ label: 'keyset-state' })
    await Promise.all(replicas.map((each) => each.refresh()))
    for (const each of replicas)
      expect(
        each
          .list()
          .filter(({ state }) => state === 'ACTIVE')
          .map(({ id }) => id),
      ).toEqual([each.current().keysetId])
    expect(new Set(replicas.map((each) => each.current().keysetId)).size).toBe(1)
  })

  test('the database holds no private key in clear', async () => {
    await open(stores[0])
    const client = new pg.Client(clientSettings(address))
    await client.connect()
    const { rows } = await client.query<{ body: string }>('select body from keysets')
    await client.end()
    const sealed = [...(rows[0]?.body ?? '').matchAll(/"sealed":"([^"]+)"/g)].map(([, base64 = '']) => Buffer.from(base64, 'base64'))
    expect(sealed).toHaveLength(2)
    for (const each of sealed) expect(each.includes(Buffer.from('301306072a8648ce3d020106082a8648ce3d030107', 'hex'))).toBe(false)
  })

  test('while the database is away it signs on with what is known, and it finds its way back', async () => {
    const lines: string[] = []
    const log = { info: (_: object, line: string) => void lines.push(line), warn() {}, error: (_: object, line: string) => void lines.push(line) }
    const authority = await open(stores[0], { log })
    const before = authority.current()
    const pid = cluster.server.pid()
    if (pid === undefined) throw new Error('The test database has no process')
    process.kill(pid, 'SIGKILL')
    await expect.poll(async () => authority.refresh().then(() => lines.length), POLL).toBe(1)
    await authority.rotateIfDue()
    expect(authority.current()).toBe(before)
    expect(before.issuer.signer.sign(Buffer.from('x'), 'certificate')).toBeInstanceOf(Uint8Array)
    await expect
      .poll(async () => authority.refresh().then(() => lines), POLL)
      .toEqual(['Keysets cannot be brought up to date; issuance goes on with the keys that are known', 'Keysets are up to date again'])
    // The clusters of tests do not flush: the crash may have lost the keyset, and then it was written back.
    expect(await authority.prepare()).toMatchObject({ state: 'PREPARED' })
    expect(authority.list()).toHaveLength(2)
    expect(authority.current().keysetId).toBe(before.keysetId)
  })
})

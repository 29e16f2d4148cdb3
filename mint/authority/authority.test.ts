import { X509Certificate } from 'node:crypto'
import { parseTrustDomain, readCertificate, type TrustDomain } from '@mintmark/spiffe'
import { describe, expect, test } from 'vitest'
import { openAuthority } from './authority.ts'
import { AuthorityError } from './errors.ts'
import { masterKey } from './keys/master-key.ts'
import { memoryKeys } from './keys/memory.ts'
import type { KeyManager } from './keys/model.ts'
import { sealedKeys } from './keys/sealed.ts'
import type { AuthorityOptions, KeysetChange } from './model.ts'
import { AUTHORITY_LIMITS } from './settings.ts'
import { memoryKeysetStore } from './testing.ts'

const START = Date.parse('2026-06-01T00:00:00Z')
const DAY_MS = 86_400_000

function exampleTrustDomain(): TrustDomain {
  const parsed = parseTrustDomain('example.org')
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.trustDomain
}

function arrange(overrides: Partial<AuthorityOptions> = {}) {
  const clock = { ms: START }
  const store = memoryKeysetStore()
  const lines: string[] = []
  const changes: KeysetChange[] = []
  const log = (level: string) => (_fields: object, message: string) => void lines.push(`${level} ${message}`)
  const options: AuthorityOptions = {
    trustDomain: exampleTrustDomain(),
    store,
    keys: memoryKeys(),
    now: () => new Date(clock.ms),
    settings: { jwtAlgorithms: ['ES256'] },
    log: { info: log('info'), warn: log('warn'), error: log('error') },
    onChange: (change) => void changes.push(change),
    ...overrides,
  }
  return { clock, store, lines, changes, options, open: (more: Partial<AuthorityOptions> = {}) => openAuthority({ ...options, ...more }) }
}

const label = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof AuthorityError ? error.label : error),
  )

describe('an authority', () => {
  test('begins with one active keyset, which its own bundle trusts', async () => {
    const { open } = arrange()
    const authority = await open({ settings: {} })
    const { bundle, issuer, jwt, keysetId, revision, issuerNotAfter, guaranteedTtlSeconds } = authority.current()
    expect(authority.list()).toMatchObject([{ id: keysetId, state: 'ACTIVE' }])
    expect(bundle.x509Authorities.map((each) => Buffer.from(each))).toEqual([Buffer.from(issuer.certificate)])
    expect(bundle.sequence).toBe(revision)
    expect(issuer.intermediates).toEqual([])
    expect([...jwt.keys()]).toEqual(['ES256', 'RS256'])
    expect(bundle.jwtAuthorities.map(({ keyId, algorithm }) => ({ keyId, algorithm }))).toEqual(
      [...jwt].map(([algorithm, { keyId }]) => ({ keyId, algorithm })),
    )
    expect(issuerNotAfter).toEqual(new Date(START + 90 * DAY_MS))
    expect(guaranteedTtlSeconds).toBe((15 * DAY_MS) / 1000)
    for (const each of bundle.jwtAuthorities)
      expect(Object.keys(each.publicKey).sort()).toEqual(each.algorithm === 'RS256' ? ['e', 'kty', 'n'] : ['crv', 'kty', 'x', 'y'])
  })

  test('rule 11 and 12: its certificate is an authority of the trust domain under a name of its own', async () => {
    const { open, clock } = arrange()
    const authority = await open()
    const fresh = await authority.prepare()
    const certificates = authority.list().map((each) => new X509Certificate(Buffer.from(each.x509.chain[0] ?? '', 'base64')))
    for (const certificate of certificates) {
      expect(certificate.ca).toBe(true)
      expect(certificate.subjectAltName).toBe('URI:spiffe://example.org')
      expect(certificate.verify(certificate.publicKey)).toBe(true)
      expect(Date.parse(certificate.validFrom)).toBe(clock.ms - AUTHORITY_LIMITS.backdateSeconds * 1000)
    }
    expect(new Set(certificates.map((each) => each.subject)).size).toBe(2)
    expect(certificates[1]?.subject).toContain(fresh.id.slice('ks_'.length))
  })

  test('rule 23: the verbs publish before use, keep what signed before, and taint reaches subscribers at once', async () => {
    const { open, changes } = arrange()
    const authority = await open()
    const first = authority.current()
    const heard: bigint[] = []
    authority.subscribe(({ revision }) => void heard.push(revision))
    const prepared = await authority.prepare()
    expect(authority.current()).toMatchObject({ keysetId: first.keysetId, bundle: { x509Authorities: { length: 2 }, jwtAuthorities: { length: 2 } } })
    expect(await authority.activate()).toMatchObject({ id: prepared.id, state: 'ACTIVE' })
    expect(authority.current()).toMatchObject({ keysetId: prepared.id, bundle: { x509Authorities: { length: 2 } }, taintedX509: [], taintedJwt: [] })
    expect(await authority.taint(first.keysetId)).toMatchObject({ state: 'TAINTED' })
    const read = readCertificate(first.issuer.certificate)
    expect(authority.current().taintedX509).toEqual([read.ok ? Buffer.from(read.subjectKeyId ?? []).toString('hex') : ''])
    expect(authority.current().taintedJwt).toEqual([first.jwt.get('ES256')?.keyId])
    expect(authority.current().bundle.x509Authorities).toHaveLength(2)
    await authority.remove(first.keysetId)
    expect(authority.current()).toMatchObject({ bundle: { x509Authorities: { length: 1 }, jwtAuthorities: { length: 1 } }, taintedX509: [] })
    expect(heard).toEqual([2n, 3n, 4n, 5n])
    expect(changes.map(({ action, automatic }) => [action, automatic])).toEqual([
      ['created', true],
      ['prepared', false],
      ['activated', false],
      ['tainted', false],
      ['removed', false],
    ])
  })

  test('the keyset that signs is neither tainted nor removed, and a tainted one never signs again', async () => {
    const { open } = arrange()
    const authority = await open()
    const { keysetId } = authority.current()
    expect(await label(authority.taint(keysetId))).toBe('keyset-state')
    expect(await label(authority.remove(keysetId))).toBe('keyset-state')
    expect(await label(authority.activate())).toBe('keyset-state')
    expect(await label(authority.activate('ks_none'))).toBe('keyset-unknown')
    expect(await label(authority.activate(keysetId))).toBe('done')
    const other = await authority.prepare()
    await authority.taint(other.id)
    expect(await label(authority.activate(other.id))).toBe('keyset-state')
    expect(authority.current().keysetId).toBe(keysetId)
  })

  test('a person may go back to the keyset before, as long as it is not tainted', async () => {
    const { open } = arrange()
    const authority = await open()
    const { keysetId } = authority.current()
    await authority.prepare()
    await authority.activate()
    expect(await label(authority.activate())).toBe('keyset-state')
    expect(await authority.activate(keysetId)).toMatchObject({ id: keysetId, state: 'ACTIVE' })
  })

  test('a trust domain has a bounded number of keysets, and keys of a refused one are forgotten', async () => {
    const inner = memoryKeys()
    let alive = 0
    const keys: KeyManager = {
      name: 'memory',
      create: async (...inputs) => ((alive += 1), inner.create(...inputs)),
      open: (...inputs) => inner.open(...inputs),
      remove: async (...inputs) => ((alive -= 1), inner.remove(...inputs)),
    }
    const authority = await arrange({ keys }).open()
    for (let count = 1; count < AUTHORITY_LIMITS.keysetsMax; count += 1) await authority.prepare()
    expect(alive).toBe(AUTHORITY_LIMITS.keysetsMax * 2)
    expect(await label(authority.prepare())).toBe('keyset-limit')
    expect(alive).toBe(AUTHORITY_LIMITS.keysetsMax * 2)
    const waiting = authority.list().find((each) => each.state === 'PREPARED')
    await authority.remove(waiting?.id ?? '')
    expect(alive).toBe((AUTHORITY_LIMITS.keysetsMax - 1) * 2)
  })

  test('while the store is away it signs on, refuses verbs, and says so once', async () => {
    const { open, store, lines } = arrange()
    const authority = await open()
    const before = authority.current()
    store.setAway(true)
    await authority.refresh()
    await authority.refresh()
    await authority.rotateIfDue()
    expect(authority.current()).toBe(before)
    expect(await label(authority.prepare())).toBe('store-away')
    store.setAway(false)
    await authority.refresh()
    expect(lines).toEqual(['error Keysets cannot be brought up to date; issuance goes on with the keys that are known', 'info Keysets are up to date again'])
    expect(await label(openAuthority({ ...arrange().options, store: { ...store, load: () => Promise.reject(new Error('away')) } }))).toBe('store-away')
  })

  test('clocks that tick while the store hangs pile nothing up in front of a verb', async () => {
    const { open, store } = arrange()
    let loads = 0
    let hanging: Promise<void> | undefined
    const slow = {
      ...store,
      load: async (name: string) => {
        loads += 1
        await hanging
        return store.load(name)
      },
    }
    const authority = await open({ store: slow })
    const gate = Promise.withResolvers<void>()
    hanging = gate.promise
    loads = 0
    const ticks = Array.from({ length: 200 }, () => [authority.refresh(), authority.rotateIfDue()]).flat()
    const verb = authority.prepare()
    gate.resolve()
    await Promise.all(ticks)
    expect(await verb).toMatchObject({ state: 'PREPARED' })
    // One under way, one of each kind behind it, and what the verb itself reads.
    expect(loads).toBeLessThanOrEqual(6)
  })

  test('rule 16: after the restore of a backup the sequence goes on, what was signed stays trusted, and what was removed stays away', async () => {
    const { open, store, clock, lines } = arrange()
    const [one, two] = [await open(), await open()]
    const compromised = await one.prepare()
    await one.prepare()
    await one.activate()
    await one.remove(compromised.id)
    await two.refresh()
    const { keysetId, revision, bundle } = one.current()
    store.goBack('example.org', 3)
    // Somebody starts meanwhile, and finds only what the backup held.
    clock.ms += 1_000
    const third = await open()
    const made = await third.prepare()
    expect(third.list().map((each) => each.id)).toContain(compromised.id)
    await Promise.all([one.refresh(), two.refresh()])
    await third.refresh()
    for (const each of [one, two, third]) {
      expect(each.current().keysetId).toBe(keysetId)
      expect(each.current().revision).toBe(revision + 1n)
      expect(each.list().map(({ id }) => id)).toContain(made.id)
      expect(each.list().map(({ id }) => id)).not.toContain(compromised.id)
    }
    for (const root of bundle.x509Authorities) expect(third.current().bundle.x509Authorities.map(String)).toContain(String(root))
    expect(lines.filter((line) => line.startsWith('warn The store holds older keysets'))).toHaveLength(1)
  })

  test('after a restore to nothing at all, the first verb writes everything back', async () => {
    const { open, store } = arrange()
    const authority = await open()
    const { keysetId } = authority.current()
    store.goBack('example.org', 1)
    await authority.prepare()
    expect(authority.current()).toMatchObject({ keysetId, revision: 3n, bundle: { x509Authorities: { length: 2 } } })
  })

  test('keys in memory end with their process: the next one takes over, and what was signed stays trusted', async () => {
    const { open, lines } = arrange()
    const first = await open()
    const second = await open({ keys: memoryKeys() })
    expect(second.current().keysetId).not.toBe(first.current().keysetId)
    expect(second.current().bundle.x509Authorities).toHaveLength(2)
    await first.refresh()
    expect(first.current().revision).toBe(1n)
    expect(lines).toContain('warn Keys in memory are gone since the last start; a new keyset takes over')
  })

  test('replicas that share store and master key sign with the same keys', async () => {
    const key = Buffer.alloc(32, 7)
    const { open } = arrange()
    const first = await open({ keys: sealedKeys(masterKey(key)) })
    const second = await open({ keys: sealedKeys(masterKey(key)) })
    expect(second.current().keysetId).toBe(first.current().keysetId)
    expect(Buffer.from(second.current().issuer.signer.publicKey)).toEqual(Buffer.from(first.current().issuer.signer.publicKey))
    expect(await label(open({ keys: sealedKeys(masterKey(Buffer.alloc(32, 8))) }))).toBe('master-key')
  })

  test('keys are sealed anew under a new master key, after which the old one is not needed', async () => {
    const [old, fresh] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
    const { open } = arrange()
    const before = await open({ keys: sealedKeys(masterKey(old)) })
    await before.prepare()
    const changing = await open({ keys: sealedKeys(masterKey(fresh, [old])) })
    expect(await changing.resealKeys()).toBe(2)
    expect(await changing.resealKeys()).toBe(0)
    const after = await open({ keys: sealedKeys(masterKey(fresh)) })
    expect(after.current().keysetId).toBe(before.current().keysetId)
    await after.activate()
    await before.refresh()
    expect(before.current().keysetId).toBe(before.list()[0]?.id)
  })

  test('a listener that fails harms nobody', async () => {
    const { open, lines } = arrange()
    const authority = await open()
    const heard: bigint[] = []
    authority.subscribe(() => {
      throw new Error('listener')
    })
    const unsubscribe = authority.subscribe(({ revision }) => void heard.push(revision))
    await authority.prepare()
    unsubscribe()
    await authority.prepare()
    expect(heard).toEqual([2n])
    expect(lines).toContain('error A listener to keyset changes failed')
    await authority.close()
  })

  test.each([
    { keysetLifetimeSeconds: 29 },
    { keysetLifetimeSeconds: 1.5 },
    { keysetLifetimeSeconds: Number.NaN },
    { refreshHintSeconds: 0 },
    { keysetLifetimeSeconds: 900, refreshHintSeconds: 101 },
    { jwtAlgorithms: ['RS256'] as const },
  ])('settings out of bounds are refused: %j', async (settings) => {
    expect(await label(arrange().open({ settings }))).toBe('settings-invalid')
  })
})

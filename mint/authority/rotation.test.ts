import { parseTrustDomain, type TrustDomain } from '@mintmark/spiffe'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openAuthority } from './authority.ts'
import { AuthorityError } from './errors.ts'
import type { KeyManager } from './keys/model.ts'
import { memoryKeys } from './keys/memory.ts'
import type { Authority, KeysetChange } from './model.ts'
import type { KeysetRecord } from './ports.ts'
import { dueStep } from './rotation.ts'
import { AUTHORITY_LIMITS } from './settings.ts'
import { memoryKeysetStore } from './testing.ts'

const START = Date.parse('2026-06-01T00:00:00Z')
const LIFETIME_SECONDS = 6_000
const HINT_SECONDS = 100

function exampleTrustDomain(): TrustDomain {
  const parsed = parseTrustDomain('example.org')
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.trustDomain
}

/** Replicas over one store, under one clock; their keys lie where all find them. */
function arrange(replicas: number) {
  const clock = { ms: START }
  const store = memoryKeysetStore()
  const keys = memoryKeys()
  const changes: KeysetChange[] = []
  const open = (manager: KeyManager = keys) =>
    openAuthority({
      trustDomain: exampleTrustDomain(),
      store,
      keys: manager,
      now: () => new Date(clock.ms),
      settings: { keysetLifetimeSeconds: LIFETIME_SECONDS, refreshHintSeconds: HINT_SECONDS, jwtAlgorithms: ['ES256'] },
      onChange: (change) => void changes.push(change),
    })
  return {
    clock,
    store,
    changes,
    history: () => store.history('example.org'),
    open: () => Promise.all(Array.from({ length: replicas }, () => open())),
  }
}

const active = (keysets: readonly KeysetRecord[]): string[] => keysets.filter((each) => each.state === 'ACTIVE').map((each) => each.id)

describe('rotation', () => {
  test('prepares at one half and activates at one sixth of the life, and never taints', async () => {
    const { clock, open, changes, history } = arrange(1)
    const [authority] = await open()
    const steps: [number, string][] = []
    for (let second = 0; second <= 2 * LIFETIME_SECONDS; second += 10) {
      clock.ms = START + second * 1_000
      const before = changes.length
      await authority?.rotateIfDue()
      for (const change of changes.slice(before)) steps.push([second, change.action])
    }
    // The second keyset was made at 3000 and signs from 5000; half of its own life is over at 6000, a sixth is left at 8000.
    expect(steps).toEqual([
      [3_000, 'prepared'],
      [5_000, 'activated'],
      [6_000, 'prepared'],
      [8_000, 'activated'],
      [9_000, 'prepared'],
      [6_000 + AUTHORITY_LIMITS.keptAfterEndSeconds + 10, 'removed'],
      [11_000, 'activated'],
      [12_000, 'prepared'],
    ])
    expect(changes.every(({ automatic }) => automatic)).toBe(true)
    expect(
      history()
        .flatMap(({ keysets }) => keysets)
        .some((each) => each.state === 'TAINTED'),
    ).toBe(false)
  })

  test('rule 23: a keyset is published for three refresh hints before it signs, unless the active one is about to end', () => {
    const base = { x509: { chain: ['a'], key: { manager: 'memory', handle: '' } }, jwt: [] } as const
    const at = (second: number): string => new Date(START + second * 1_000).toISOString()
    const old: KeysetRecord = { ...base, id: 'ks_old', state: 'ACTIVE', createdAt: at(0), activatedAt: at(0), notAfter: at(6_000) }
    const late = (createdAt: number): KeysetRecord => ({ ...base, id: 'ks_new', state: 'PREPARED', createdAt: at(createdAt), notAfter: at(createdAt + 6_000) })
    const step = (createdAt: number, now: number) =>
      dueStep([old, late(createdAt)], { now: new Date(START + now * 1_000), refreshHintSeconds: HINT_SECONDS })?.step
    expect(step(4_900, 5_000)).toBeUndefined()
    expect(step(4_900, 5_199)).toBeUndefined()
    expect(step(4_900, 5_200)).toBe('activate')
    expect(step(5_450, 5_499)).toBeUndefined()
    expect(step(5_450, 5_500)).toBe('activate')
  })

  test('after a sleep beyond the end of all keysets it signs again at once', async () => {
    const { clock, open } = arrange(1)
    const [authority] = await open()
    const before = authority?.current().keysetId
    clock.ms += 30 * LIFETIME_SECONDS * 1_000
    await authority?.rotateIfDue()
    expect(authority?.current().keysetId).not.toBe(before)
    expect(authority?.current().issuerNotAfter.getTime()).toBe(clock.ms + LIFETIME_SECONDS * 1_000)
    expect(authority?.list()).toHaveLength(1)
  })

  test('a prepared keyset that ended before its turn is replaced and removed', async () => {
    const { clock, open } = arrange(1)
    const [authority] = await open()
    const early = await authority?.prepare()
    await authority?.prepare()
    await authority?.activate()
    clock.ms += LIFETIME_SECONDS * 1_000 + AUTHORITY_LIMITS.keptAfterEndSeconds * 1_000 + 1_000
    await authority?.rotateIfDue()
    expect(authority?.list().map((each) => each.id)).not.toContain(early?.id)
  })

  test('replicas that look at the same moment make one keyset, not one each', async () => {
    const { clock, open, history } = arrange(5)
    const replicas = await open()
    expect(history()).toHaveLength(1)
    for (const at of [3_000, 5_000, 6_000, 8_000]) {
      clock.ms = START + at * 1_000
      await Promise.all(replicas.map((each) => each.rotateIfDue()))
    }
    expect(history()).toHaveLength(5)
    expect(new Set(replicas.map((each) => each.current().keysetId)).size).toBe(1)
  })
})

describe('replicas over one store, whatever they do and in whatever order', () => {
  const replica = fc.nat(2)
  const action = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('tick' as const), seconds: fc.integer({ min: 1, max: 700 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('rotate' as const), replica }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('refresh' as const), replica }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('prepare' as const, 'activate' as const), replica }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('taint' as const, 'remove' as const), replica, pick: fc.nat(15) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('away' as const), away: fc.boolean() }) },
  )
  type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never

  async function perform(each: Action, replicas: readonly Authority[], { clock, store }: ReturnType<typeof arrange>): Promise<void> {
    if (each.kind === 'tick') clock.ms += each.seconds * 1_000
    else if (each.kind === 'away') store.setAway(each.away)
    else {
      const authority = replicas[each.replica]
      if (authority === undefined) return
      if (each.kind === 'rotate') await authority.rotateIfDue()
      else if (each.kind === 'refresh') await authority.refresh()
      else if (each.kind === 'prepare') await authority.prepare()
      else if (each.kind === 'activate') await authority.activate()
      else if (each.kind === 'taint' || each.kind === 'remove') await authority[each.kind](authority.list()[each.pick % authority.list().length]?.id ?? '')
    }
  }

  test('exactly one keyset is active, nothing signs that was not published before, and the revision grows by one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(action, { minLength: 1, maxLength: 4 }), { maxLength: 25 }), async (rounds) => {
        const world = arrange(3)
        const replicas = await world.open()
        const seen = replicas.map((each) => each.current().revision)
        for (const round of rounds) {
          // Actions of one round happen at the same time.
          const outcomes = await Promise.allSettled(round.map((each) => perform(each, replicas, world)))
          for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(AuthorityError)
          for (const [index, each] of replicas.entries()) {
            const snapshot = each.current()
            expect(snapshot.revision >= (seen[index] ?? 0n)).toBe(true)
            seen[index] = snapshot.revision
            expect(snapshot.bundle.sequence).toBe(snapshot.revision)
            expect(snapshot.bundle.x509Authorities.some((root) => Buffer.compare(root, snapshot.issuer.certificate) === 0)).toBe(true)
            expect(snapshot.bundle.jwtAuthorities.map((key) => key.keyId)).toContain(snapshot.jwt.get('ES256')?.keyId)
          }
        }
        const history = world.history()
        for (const [index, { revision, keysets }] of history.entries()) {
          expect(revision).toBe(BigInt(index + 1))
          expect(active(keysets)).toHaveLength(1)
          const before = history[index - 1]?.keysets
          if (before === undefined) continue
          expect(before.map((each) => each.id)).toContain(active(keysets)[0])
          expect(before.filter((each) => each.state === 'TAINTED').map((each) => each.id)).not.toContain(active(keysets)[0])
          // What signed a moment ago stays trusted.
          expect(keysets.map((each) => each.id)).toContain(active(before)[0])
        }
        world.store.setAway(false)
        await Promise.all(replicas.map((each) => each.refresh()))
        expect(new Set(replicas.map((each) => each.current().keysetId))).toEqual(new Set(active(history.at(-1)?.keysets ?? [])))
      }),
      { numRuns: 60 },
    )
  })
})

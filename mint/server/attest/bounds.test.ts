import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createAttestationRate } from './rate.ts'
import { agentState, createAgentsSeen } from './seen.ts'
import { createUsedAssertions } from './used-assertions.ts'

describe('the rate of attempts', () => {
  test('of one identity never exceeds its burst and what has come back since, and touches no other', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ who: fc.constantFrom('a', 'b'), waitMs: fc.integer({ min: 0, max: 5_000 }) }), { maxLength: 200 }), (attempts) => {
        let now = 0
        const rate = createAttestationRate(() => now, { burst: 10, secondsEach: 3 })
        const allowed = { a: 0, b: 0 }
        for (const { who, waitMs } of attempts) {
          now += waitMs
          if (rate.allow(who === 'a' ? 'a' : 'b')) allowed[who === 'a' ? 'a' : 'b'] += 1
        }
        for (const count of Object.values(allowed)) expect(count).toBeLessThanOrEqual(10 + now / 3000 + 1e-9)
      }),
    )
  })

  test('comes back to its whole burst and no further', () => {
    let now = 0
    const rate = createAttestationRate(() => now, { burst: 3, secondsEach: 1 })
    const run = () => Array.from({ length: 5 }, () => rate.allow('a')).filter(Boolean).length
    expect(run()).toBe(3)
    now += 3_600_000
    expect(run()).toBe(3)
    // A clock that goes back gives nothing, and locks nobody out.
    now -= 3_600_000
    expect(run()).toBe(0)
    now += 1_000
    expect(run()).toBe(1)
  })
})

describe('used assertions', () => {
  test('are good once until they expire, in whatever order they come', () => {
    let now = 0
    const remember = createUsedAssertions(() => now)
    for (const [jti, until] of [
      ['long', 120_000],
      ['short', 10_000],
      ['middle', 60_000],
    ] as const) {
      expect([remember(jti, new Date(until)), remember(jti, new Date(until))]).toEqual([true, false])
    }
    now = 59_999
    expect(remember('middle', new Date(60_000))).toBe(false)
    expect(remember('long', new Date(120_000))).toBe(false)
  })
})

describe('agents', () => {
  const session = (attestedAt = '2026-06-01T12:00:00.000Z') => ({
    agentId: 'ag-1',
    clusterId: 'c-1',
    clusterVersionIds: [],
    nodeName: 'node-1',
    attributes: new Map<string, string>(),
    certificateThumbprint: undefined,
    expiresAt: new Date(),
    agent: { version: '1', platform: 'k8s', attestedBy: ['cvk'], attestedAt },
  })
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

  test('are noted once a minute while they call, and at once when they attest anew', () => {
    let now = 0
    const saved: string[] = []
    const seen = createAgentsSeen({ saveAgent: async ({ lastSeenAt }) => void saved.push(lastSeenAt) }, () => now, silent)
    for (; now < 150_000; now += 1_000) seen.seen(session())
    seen.seen(session('2026-06-01T13:00:00.000Z'))
    expect(saved.map((at) => Date.parse(at) / 1000)).toEqual([0, 60, 120, 150])
  })

  test('that cannot be noted are a line in the log and no failed call', async () => {
    const lines: string[] = []
    const failed = Promise.withResolvers<undefined>()
    const log = {
      ...silent,
      warn: (_fields: object, message: string) => {
        lines.push(message)
        failed.resolve(undefined)
      },
    }
    createAgentsSeen({ saveAgent: async () => Promise.reject(new Error('away')) }, () => 0, log).seen(session())
    await failed.promise
    expect(lines).toEqual(['Agent could not be noted'])
  })

  test.each([
    [0, 'ACTIVE'],
    [300, 'ACTIVE'],
    [301, 'INACTIVE'],
    [-60, 'ACTIVE'],
  ])('seen %i seconds ago are %s', (seconds, state) => {
    const now = new Date('2026-06-01T12:00:00Z')
    expect(agentState(new Date(now.getTime() - seconds * 1000).toISOString(), now)).toBe(state)
  })
})

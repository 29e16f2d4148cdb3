import { create, toBinary } from '@bufbuild/protobuf'
import { agentApi } from '@mintmark/contract/grpc'
import { expect, test } from 'vitest'
import { createManualClock, settle } from '../clock-testing.ts'
import { Refusal } from '../refusal.ts'
import { status } from '../status.ts'
import type { Channel } from './channel/index.ts'
import type { Connection, Connections } from './connections.ts'
import { createWatch } from './watch.ts'

type Listener = Parameters<Channel['call']>[3]

/** A watch over channels that a test answers for. */
function startWatch(random: () => number) {
  const clock = createManualClock(1_000_000)
  const opened: Listener[] = []
  const channel: Channel = {
    call(_path, _message, _options, listener) {
      opened.push(listener)
      return () => undefined
    },
    close: () => undefined,
  }
  const connection: Connection = { endpoint: 'one', channel }
  let failures = 0
  const connections: Connections = {
    pick: () => connection,
    failed: () => (failures += 1),
    worked: () => undefined,
    onReplaced: () => undefined,
    renew: () => undefined,
    close: () => undefined,
  }
  const silent = () => undefined
  const watch = createWatch({
    connections,
    session: { bearer: async () => 'token', invalidate: silent, facts: () => undefined, isValid: () => true, close: silent },
    clock,
    random,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    identities: () => 0,
    onState: silent,
    onLost: silent,
  })
  watch.start()
  return { watch, clock, opened, failures: () => failures }
}

const STATE = Buffer.from(toBinary(agentApi.WatchResponseSchema, create(agentApi.WatchResponseSchema, { revision: 1n })))
const GONE = new Refusal(status.UNAVAILABLE, 'The connection to the trust domain server was lost.')

test.each([0, 0.25, 0.5, 1])('agents whose server ends come back within four seconds, each at its own moment (%d)', async (share) => {
  const { watch, clock, opened, failures } = startWatch(() => share)
  await settle()
  opened[0]?.onMessage(STATE)
  expect(watch.isConnected()).toBe(true)
  opened[0]?.onEnd(GONE)
  expect(watch.isConnected()).toBe(false)
  expect(failures()).toBe(1)
  await clock.advance(Math.max(0, share * 4_000 - 1))
  expect(opened).toHaveLength(share === 0 ? 2 : 1)
  await clock.advance(1)
  expect(opened).toHaveLength(2)
})

test('a stream that does not come up is tried again with waits that double', async () => {
  const { clock, opened } = startWatch(() => 0.5)
  await settle()
  for (const [index, waitMs] of [500, 1_000, 2_000, 4_000].entries()) {
    opened[index]?.onEnd(GONE)
    await clock.advance(waitMs - 1)
    expect(opened).toHaveLength(index + 1)
    await clock.advance(1)
    expect(opened).toHaveLength(index + 2)
  }
})

import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { createLog } from '@mintmark/control-plane'
import { keepHistory } from './history.ts'

const NOW = new Date('2026-06-01T00:00:00Z')
const log = createLog({ level: 'silent', format: 'json', destination: new Writable({ write: (_chunk, _encoding, done) => done() }) })

test('history older than the setting is removed, in as many parts as it takes', async () => {
  const stop = new AbortController()
  const asked: string[] = []
  const scans = {
    purge: (keepFrom: Date) => {
      asked.push(keepFrom.toISOString())
      if (asked.length === 2) stop.abort()
      return Promise.resolve({ oldestNumber: 7, removedVersions: 3, removedScans: 1, finished: asked.length === 2 })
    },
  }
  await keepHistory({ scans, days: 30, clock: () => NOW, log }, stop.signal)
  expect(asked).toEqual(['2026-05-02T00:00:00.000Z', '2026-05-02T00:00:00.000Z'])
})

test('without a limit nothing is removed', async () => {
  const scans = { purge: () => Promise.reject(new Error('nothing may be removed')) }
  await keepHistory({ scans, days: undefined, clock: () => NOW, log }, new AbortController().signal)
})

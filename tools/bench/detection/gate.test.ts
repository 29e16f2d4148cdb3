import { randomUUID } from 'node:crypto'
import type { Detector } from '@mintmark/ledger/detection'
import { expect, test, vi } from 'vitest'
import { extractGroups } from './extract.ts'
import { generateObjects } from './generator/index.ts'
import { clusterObjects } from './cluster/index.ts'

/** A detector whose gate stops nothing: every text is taken apart as a whole. */
async function ungatedDetector(bytes: Uint8Array): Promise<Detector> {
  vi.resetModules()
  vi.doMock('../../../ledger/detection/decode/gate.ts', () => ({
    isCold: () => false,
    isColdChartText: () => false,
    forgetTexts: () => undefined,
    HotSpots: class {
      within(): boolean {
        return true
      }
    },
  }))
  const { createDetector, fingerprintKeyOf } = await import('@mintmark/ledger/detection')
  return createDetector({ key: fingerprintKeyOf(bytes) })
}

test('the gate stops nothing that taking everything apart would find', async () => {
  const bytes = Buffer.alloc(32, 7)
  const { createDetector, fingerprintKeyOf } = await import('@mintmark/ledger/detection')
  const gated = createDetector({ key: fingerprintKeyOf(bytes) })
  const ungated = await ungatedDetector(bytes)
  const seed = randomUUID()
  process.stdout.write(`fresh seed of the gate: ${seed}\n`)
  const objects = [...generateObjects(seed, 250), ...clusterObjects(seed, 120)].map(({ object }) => object)
  let [shown, known] = [0, 0]
  for (const object of objects) {
    for (const { entries, context, object: place } of extractGroups(object)) {
      const [quick, whole] = [gated.detect(entries, context), ungated.detect(entries, context)]
      expect({ place, findings: quick.findings }).toEqual({ place, findings: whole.findings })
      const all = new Set(whole.references.map((reference) => JSON.stringify(reference)))
      expect(quick.references.filter((reference) => !all.has(JSON.stringify(reference)))).toEqual([])
      shown += quick.references.length
      known += whole.references.length
    }
  }
  // Without a gate, variables under innocent names come too: a sign that the other detector really has none.
  expect(known).toBeGreaterThan(shown)
})

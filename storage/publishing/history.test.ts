import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Coverage, ScanEvent } from '@mintmark/contract/scan'
import type { Page, PageRequest, ScanChange, Store } from '../store.ts'
import { startTestCluster, type TestCluster } from '../testing.ts'
import { completeCoverage, coverageLine, deploymentLines, EXAMPLE_NOW, exampleFingerprint, occurrenceLine, sendScan } from './example-scans.ts'

const MS_PER_DAY = 86_400_000

/** The world in small: two namespaces, three objects each, four secrets. */
const NAMESPACES = ['a', 'b'] as const
const OBJECTS = ['x', 'y', 'z'] as const

interface Step {
  /** What each object holds in the cluster: a secret, or nothing. */
  readonly holds: Readonly<Record<string, number | undefined>>
  readonly mode: 'full' | 'changes'
  readonly states: readonly Coverage['state'][]
  /** Objects that a change scan reads, and whether a scan with gaps saw an object at all. */
  readonly sees: Readonly<Record<string, boolean>>
  readonly chunkLines: number
}

const places = NAMESPACES.flatMap((namespace) => OBJECTS.map((object) => `${namespace}/${object}`))
const state = fc.constantFrom<Coverage['state']>('complete', 'complete', 'denied', 'partial', 'failed')
const step: fc.Arbitrary<Step> = fc.record({
  holds: fc.record(Object.fromEntries(places.map((place) => [place, fc.option(fc.nat(3), { nil: undefined })]))),
  mode: fc.constantFrom('full', 'changes'),
  states: fc.array(state, { minLength: 2, maxLength: 2 }),
  sees: fc.record(Object.fromEntries(places.map((place) => [place, fc.boolean()]))),
  chunkLines: fc.integer({ min: 1, max: 5 }),
})

/** The lines of a step, and the model after it: what every place is believed to hold. */
function play(before: ReadonlyMap<string, number>, { holds, mode, states, sees }: Step): { lines: ScanEvent[]; after: Map<string, number> } {
  const after = new Map(before)
  const lines: ScanEvent[] = []
  const scopes: ScanEvent[] = []
  for (const place of places) {
    const [namespace = '', object = ''] = place.split('/')
    const complete = mode === 'changes' || states[NAMESPACES.indexOf(namespace === 'a' ? 'a' : 'b')] === 'complete'
    const read = mode === 'full' && complete ? true : sees[place] === true
    if (!read) continue
    const secret = holds[place]
    if (secret !== undefined) {
      lines.push(occurrenceLine(namespace, object, `secret ${secret}`))
      after.set(place, secret)
    } else if (complete) after.delete(place)
    if (mode === 'changes') scopes.push(coverageLine('configmaps', 'complete', { namespace, object }))
  }
  if (mode === 'full') for (const [index, namespace] of NAMESPACES.entries()) scopes.push(coverageLine('configmaps', states[index], { namespace }))
  return { lines: [...lines, ...scopes], after }
}

async function readAll<Row>(list: (page: PageRequest) => Promise<Page<Row>>, asOf?: number): Promise<Row[]> {
  const rows: Row[] = []
  for (let cursor: string | undefined; ;) {
    const page: Page<Row> = await list({ size: 2, ...(cursor === undefined ? {} : { cursor }), ...(asOf === undefined ? {} : { asOf }) })
    rows.push(...page.items)
    if (page.next === undefined) return rows
    cursor = page.next
  }
}

async function readBeliefs(store: Store, asOf: number): Promise<Record<string, string[]>> {
  const beliefs: Record<string, string[]> = {}
  for (const secret of await readAll((page) => store.inventory.listSecrets(page), asOf)) {
    const found = await readAll((page) => store.inventory.listOccurrences(secret.id, page), asOf)
    expect(secret.occurrencesTotal).toBe(found.length)
    beliefs[secret.key] = found.map((occurrence) => `${occurrence.namespace}/${occurrence.object.name}`).sort()
  }
  return beliefs
}

function expected(model: ReadonlyMap<string, number>): Record<string, string[]> {
  const beliefs: Record<string, string[]> = {}
  for (const [place, secret] of [...model].sort(([a], [b]) => (a < b ? -1 : 1))) (beliefs[exampleFingerprint(`secret ${secret}`)] ??= []).push(place)
  return beliefs
}

describe('history', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await startTestCluster()
  })
  afterAll(() => cluster.stop())

  test('whatever is scanned with whatever gaps, every past scan shows what was believed then', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
        const store = await cluster.openFreshStore()
        const { id } = await store.integrations.create({ kind: 'kubernetes', name: 'example', publicKeyPem: 'key', now: EXAMPLE_NOW })
        const models = [new Map<string, number>()]
        for (const each of steps) {
          const { lines, after } = play(models.at(-1) ?? new Map(), each)
          await sendScan(store, id, lines, { mode: each.mode, chunkLines: each.chunkLines })
          models.push(after)
        }
        for (const [number, model] of models.entries()) expect(await readBeliefs(store, number)).toEqual(expected(model))
        await checkChanges(store, models)
        await store.close()
      }),
      { numRuns: 8, interruptAfterTimeLimit: 45_000 },
    )
  })

  test('a purge removes what had ended, refuses what it removed, and leaves everything later as it was', async () => {
    const day = (index: number): Date => new Date(EXAMPLE_NOW.getTime() + index * MS_PER_DAY)
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 5 }), fc.nat(5), step, async (steps, kept, next) => {
        const store = await cluster.openFreshStore()
        const { id } = await store.integrations.create({ kind: 'kubernetes', name: 'example', publicKeyPem: 'key', now: EXAMPLE_NOW })
        const models = [new Map<string, number>()]
        for (const [index, each] of steps.entries()) {
          const { lines, after } = play(models.at(-1) ?? new Map(), each)
          await sendScan(store, id, lines, { mode: each.mode, chunkLines: each.chunkLines, at: day(index + 1) })
          models.push(after)
        }
        // What was newest at the time is kept: it is how things stood then.
        const oldest = Math.min(kept, steps.length)
        expect(await store.scans.purge(day(kept + 0.5))).toMatchObject({ oldestNumber: oldest, finished: true })
        expect(await store.scans.purge(day(kept + 0.5))).toEqual({ oldestNumber: oldest, removedVersions: 0, removedScans: 0, finished: true })
        for (const [number, model] of models.entries()) {
          if (number >= oldest) expect(await readBeliefs(store, number)).toEqual(expected(model))
          else await expect(readBeliefs(store, number)).rejects.toMatchObject({ label: 'history-removed' })
        }
        // Gaps and absence are judged as before by what comes next.
        const { lines, after } = play(models.at(-1) ?? new Map(), next)
        const { number } = await sendScan(store, id, lines, { mode: next.mode, chunkLines: next.chunkLines, at: day(10) })
        expect(number).toBe(models.length)
        expect(await readBeliefs(store, models.length)).toEqual(expected(after))
        await store.close()
      }),
      { numRuns: 8, interruptAfterTimeLimit: 45_000 },
    )
  })

  test('the newest scan of an integration and of a collection is never removed', async () => {
    const store = await cluster.openFreshStore()
    const integrations = ['one', 'other'].map((name) => store.integrations.create({ kind: 'kubernetes', name, publicKeyPem: 'key', now: EXAMPLE_NOW }))
    const [one, other] = await Promise.all(integrations)
    const ages = [1, 2, 3, 4].map((index) => new Date(EXAMPLE_NOW.getTime() + index * MS_PER_DAY))
    const oneCollection = await sendScan(store, one?.id ?? '', [coverageLine('nodes')], { at: ages[0] })
    const removed = await sendScan(store, one?.id ?? '', completeCoverage(), { at: ages[1] })
    const ofOther = await sendScan(store, other?.id ?? '', completeCoverage(), { at: ages[2] })
    const newest = await sendScan(store, one?.id ?? '', completeCoverage(), { at: ages[3] })
    expect(await store.scans.purge(new Date(EXAMPLE_NOW.getTime() + 30 * MS_PER_DAY))).toMatchObject({ oldestNumber: 4, removedScans: 1, finished: true })
    const left = await store.scans.list({ size: 10 })
    expect(left.items.map((scan) => scan.id)).toEqual([newest, ofOther, oneCollection].map((scan) => scan.id))
    expect(await store.scans.get(removed.id)).toBeUndefined()
    await store.close()
  })

  test('lists page by name without gaps or repeats, and totals follow the scan that is asked for', async () => {
    const store = await cluster.openFreshStore()
    const { id } = await store.integrations.create({ kind: 'kubernetes', name: 'example', publicKeyPem: 'key', now: EXAMPLE_NOW })
    const names = ['web', 'api', 'jobs', 'cache', 'mail']
    const workloads = names.flatMap((name) => deploymentLines('shop', name, 'settings'))
    await sendScan(store, id, [...workloads, occurrenceLine('shop', 'settings', 'one'), ...completeCoverage()])
    await sendScan(store, id, [...deploymentLines('shop', 'web', 'settings'), ...completeCoverage()])
    const applications = (asOf?: number) => readAll((page) => store.inventory.listApplications(page), asOf)
    expect((await applications(1)).map((each) => [each.name, each.secretsTotal])).toEqual(names.toSorted().map((name) => [name, 1]))
    expect((await applications()).map((each) => [each.name, each.secretsTotal, each.level])).toEqual([['web', 0, 'Unknown']])
    expect((await readAll((page) => store.inventory.listDeployments({ ...page, name: 'A' }), 1)).map((each) => each.name)).toEqual(['api', 'cache', 'mail'])
    const web = await store.inventory.getApplication('application:web', 1)
    expect(await store.inventory.getApplication(web?.id ?? '', 1)).toEqual(web)
    expect(await readAll((page) => store.inventory.listSecretsOf({ entity: 'application', id: web?.id ?? '' }, page), 1)).toHaveLength(1)
    expect(await readAll((page) => store.inventory.listSecretsOf({ entity: 'deployment', id: 'nobody' }, page), 1)).toEqual([])
  })
})

/** The difference between any two scans is the difference of the models, in both directions. */
async function checkChanges(store: Store, models: readonly ReadonlyMap<string, number>[]): Promise<void> {
  const last = models.length - 1
  for (const [from, to] of [
    [0, last],
    [Math.floor(last / 2), last],
    [last, 0],
  ] as const) {
    const changes = await readAll<ScanChange>((page) => store.scans.diff(from, to, page))
    const [before, after] = [expected(models[from] ?? new Map()), expected(models[to] ?? new Map())]
    const secrets = changes.filter((change) => change.entity === 'secret')
    const keysOf = (kind: ScanChange['change']): string[] =>
      secrets
        .filter((change) => change.change === kind)
        .map((change) => change.key)
        .sort()
    expect(keysOf('added')).toEqual(
      Object.keys(after)
        .filter((key) => !(key in before))
        .sort(),
    )
    expect(keysOf('removed')).toEqual(
      Object.keys(before)
        .filter((key) => !(key in after))
        .sort(),
    )
  }
}

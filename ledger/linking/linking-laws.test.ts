import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Finding } from '@mintmark/contract/scan'
import { contextOf, placeOccurrence, type NamespaceFacts, type OccurrenceContext } from '@mintmark/ledger/model'
import { linkNamespace } from './namespace.ts'
import { deployment, facts, identifierOf, occurrence, secretOf, use } from './testing/scene.ts'

const OBJECTS = ['Secret/one', 'Secret/two', 'ConfigMap/three'] as const
const WORKLOADS = ['api', 'worker', 'cron'] as const
const ENTRIES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'PAY_ID', 'PAY_SECRET', 'x'] as const

const finding: fc.Arbitrary<Finding> = fc.oneof(
  fc.constantFrom('k1', 'k2', 'k3').map((value) => secretOf('aws-secret-access-key', value)),
  fc.constantFrom('AKIARTX3GSDSVJOD2HQP', 'AKIAIOSFODNN7EXAMPLE').map((id) => identifierOf('aws-access-key-id', id)),
  fc.constantFrom('s1', 's2').map((value) => secretOf('entra-client-secret', value)),
  fc.constantFrom('c-1', 'c-2').map((id) => identifierOf('entra-client-id', id)),
  fc.constant(identifierOf('entra-tenant-id', 't-1')),
  fc.constantFrom('p1', 'p2').map((value) => secretOf('password', value)),
)

const place = fc
  .record({ object: fc.constantFrom(...OBJECTS, 'Deployment/api'), entry: fc.constantFrom(...ENTRIES), historic: fc.boolean(), finding })
  .map(({ object, entry, historic, finding: found }) =>
    occurrence(object, { entry, ...(historic ? { historic: 'superseded' } : {}), ...(object === 'Deployment/api' ? { container: 'app' } : {}) }, found),
  )

const edge = fc
  .record({ from: fc.constantFrom(...WORKLOADS), to: fc.constantFrom(...OBJECTS), entry: fc.option(fc.constantFrom(...ENTRIES), { nil: undefined }) })
  .map(({ from, to, entry }) => use(from, to, entry === undefined ? { via: 'envFrom' } : { entry, variable: entry }))

const scene: fc.Arbitrary<NamespaceFacts> = fc
  .record({
    occurrences: fc.uniqueArray(place, { maxLength: 14, selector: (each) => each.key }),
    uses: fc.uniqueArray(edge, { maxLength: 8, selector: (each) => each.key }),
    incomplete: fc.boolean(),
  })
  .map(({ occurrences, uses, incomplete }) =>
    facts({
      deployments: WORKLOADS.map((name) => deployment(name, { application: name === 'cron' ? 'api' : name })),
      occurrences,
      uses,
      ...(incomplete ? { consumersIncomplete: 'jobs were denied' } : {}),
    }),
  )

describe('linking', () => {
  test('an occurrence is its observation and what linking added: the store keeps the two apart and makes the same of them', () => {
    fc.assert(
      fc.property(scene, (each) => {
        const observed = new Map(each.occurrences.map((found) => [found.key, found]))
        for (const linked of linkNamespace(each).occurrences) {
          const observation = observed.get(linked.occurrence.id)
          expect(observation).toBeDefined()
          if (observation === undefined) continue
          const context: OccurrenceContext = JSON.parse(JSON.stringify(contextOf(linked, observation)))
          expect(placeOccurrence(each.cluster, observation, context)).toEqual(linked)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('gives the same answer for the same facts in any order', () => {
    const shuffled = scene.chain((each) =>
      fc.record({
        each: fc.constant(each),
        occurrences: fc.shuffledSubarray([...each.occurrences], { minLength: each.occurrences.length }),
        uses: fc.shuffledSubarray([...each.uses], { minLength: each.uses.length }),
      }),
    )
    fc.assert(
      fc.property(shuffled, ({ each, occurrences, uses }) => {
        const other = { ...each, occurrences, uses, deployments: each.deployments.toReversed() }
        expect(linkNamespace(other)).toEqual(linkNamespace(each))
      }),
      { numRuns: 300 },
    )
  })

  test('returns every secret at every place once, and no identifier', () => {
    fc.assert(
      fc.property(scene, (each) => {
        const secrets = each.occurrences.filter((seen) => seen.finding.role === 'secret').map((seen) => seen.key)
        expect(linkNamespace(each).occurrences.map((linked) => linked.occurrence.id)).toEqual(secrets.toSorted())
      }),
    )
  })

  test('names an identity for every belongs-to link', () => {
    fc.assert(
      fc.property(scene, (each) => {
        const linked = linkNamespace(each)
        const known = new Set(linked.identities.map((identity) => identity.key))
        for (const link of linked.occurrences.flatMap((one) => one.links)) if (link.relation === 'belongs-to') expect(known).toContain(link.target)
      }),
    )
  })

  test('never claims an absence while workloads are unread', () => {
    fc.assert(
      fc.property(scene, (each) => {
        const usages = linkNamespace({ ...each, consumersIncomplete: 'jobs were denied' }).occurrences.map((linked) => linked.occurrence.usage)
        expect(usages).not.toContain('no-static-consumer')
        expect(usages).not.toContain('mounted')
      }),
    )
  })

  test('gives a public id only with a link that is more than a candidate', () => {
    fc.assert(
      fc.property(scene, (each) => {
        for (const { finding: found, links } of linkNamespace(each).occurrences) {
          if (found.publicId !== undefined) expect(links.some((link) => link.relation === 'belongs-to' && link.confidence !== 'weak')).toBe(true)
        }
      }),
    )
  })
})

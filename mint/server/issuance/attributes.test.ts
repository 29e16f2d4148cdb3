import { create, toBinary } from '@bufbuild/protobuf'
import { agentApi } from '@mintmark/contract/grpc'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventWriter } from '../events/writer.ts'
import { readJwtRequest } from '../listener/codec.ts'
import { ServerAttributes, type WorkloadAttributes } from './attributes.ts'

/** The attributes of workloads as they come off the wire. */
function sent(...workloads: readonly (readonly (readonly [string, string])[])[]): readonly (WorkloadAttributes | string)[] {
  const items = workloads.map((pairs) =>
    create(agentApi.JwtItemSchema, { attributes: pairs.map(([name, value]) => create(agentApi.AttributeSchema, { name, value })) }),
  )
  const wire = Buffer.from(toBinary(agentApi.IssueJwtRequestSchema, create(agentApi.IssueJwtRequestSchema, { items })))
  return readJwtRequest(wire).map((want) => ('reason' in want ? want.reason : want.attributes))
}

function read(attributes: WorkloadAttributes | string | undefined): WorkloadAttributes {
  if (typeof attributes === 'object') return attributes
  throw new Error(`refused: ${attributes}`)
}

function jsonOf(attributes: WorkloadAttributes): unknown {
  const writer = new EventWriter()
  writer.begin(0)
  attributes.writeTo(writer)
  const { block, detailsAt, end } = writer.end()
  return JSON.parse(block.toString('utf8', detailsAt, end))
}

test("what the server says wins over what an agent sends, and names of the server are nobody else's", () => {
  const [first] = sent([
    ['kubernetes.pod.name', 'web-1'],
    ['cluster.name', 'elsewhere'],
    ['cluster.colour', 'red'],
    ['proven', 'by the agent'],
  ])
  const attributes = read(first)
  attributes.complete(new ServerAttributes(new Map([['proven', 'by evidence']]), new Map([['cluster.name', 'here']])))
  const all = { 'kubernetes.pod.name': 'web-1', proven: 'by evidence', 'cluster.name': 'here' }
  expect(Object.fromEntries(attributes)).toEqual(all)
  expect(jsonOf(attributes)).toEqual(all)
  for (const [name, value] of [...Object.entries(all), ['cluster.colour', undefined], ['absent', undefined]] as const) expect(attributes.get(name)).toBe(value)
})

test('workloads with any names and values in any order keep their own', () => {
  const text = fc.oneof(fc.constantFrom('a', 'b', 'ab', 'label', ''), fc.string({ unit: 'grapheme', maxLength: 8 }))
  const workload = fc.uniqueArray(fc.tuple(text, fc.oneof(text, fc.constantFrom('"', '\\', '\u0000', '\u{1f600}'))), {
    selector: ([name]) => name,
    maxLength: 6,
  })
  fc.assert(
    fc.property(fc.array(workload, { maxLength: 6 }), (workloads) => {
      for (const [index, attributes] of sent(...workloads).entries()) {
        const given = (workloads[index] ?? []).filter(([name]) => !/^(?:cluster|trust_domain|node_group|spirl|custom_jwt)\./.test(name))
        expect([...read(attributes)]).toEqual(given)
        expect(jsonOf(read(attributes))).toEqual(JSON.parse(JSON.stringify(Object.fromEntries(given))))
        for (const [name, value] of given) expect(read(attributes).get(name)).toBe(value)
      }
    }),
  )
})

test('a workload that breaks a limit is refused by itself', () => {
  const many = Array.from({ length: 257 }, (_, index) => [`name-${index}`, ''] as const)
  const answers = sent(
    [['a', 'b']],
    many,
    [['a', 'x'.repeat(4_097)]],
    [['a', '\u00e4'.repeat(4_096)]],
    [['n'.repeat(513), '']],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    many.slice(1),
  )
  expect(answers.map((each) => (typeof each === 'string' ? each.slice(0, 24) : 'read'))).toEqual([
    'read',
    'A workload has at most 2',
    "An attribute's name has ",
    'read',
    "An attribute's name has ",
    'An attribute is there tw',
    'read',
  ])
})

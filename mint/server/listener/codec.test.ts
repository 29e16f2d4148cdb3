import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { agentApi } from '@mintmark/contract/grpc'
import type { SpiffeId } from '@mintmark/spiffe'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JwtAnswer, X509Answer } from '../issuance/answer.ts'
import { WorkloadAttributes } from '../issuance/attributes.ts'
import { readJwtItem, readX509Item, writeJwtResult, writeX509Result } from './codec-testing.ts'
import { readJwtRequest, readX509Request, writeJwtResponse, writeX509Response } from './codec.ts'

const attribute = fc.record({ name: fc.string({ unit: 'binary', maxLength: 20 }), value: fc.string({ unit: 'binary', maxLength: 300 }) })
const bytes = fc.uint8Array({ maxLength: 300 })
const code = fc.constantFrom<3 | 7 | 9 | 13 | 14>(3, 7, 9, 13, 14)
const seconds = fc.integer({ min: 0, max: 2 ** 36 })
const refusal = fc.record({ code, message: fc.string({ unit: 'binary', maxLength: 200 }) })
const id = fc.string({ maxLength: 60 }).map((text) => `spiffe://example.org/${text}` as SpiffeId)

test('X.509 requests are read as the contract says', () => {
  const key = fc.oneof(
    bytes.map((value) => ({ case: 'publicKey' as const, value })),
    bytes.map((value) => ({ case: 'csr' as const, value })),
    fc.constant({ case: undefined }),
  )
  fc.assert(
    fc.property(fc.array(fc.record({ attributes: fc.array(attribute, { maxLength: 5 }), key }), { maxLength: 4 }), (items) => {
      const message = create(agentApi.IssueX509RequestSchema, { items: items.map((item) => create(agentApi.X509ItemSchema, item)) })
      const wire = Buffer.from(toBinary(agentApi.IssueX509RequestSchema, message))
      expect(plain(readX509Request(wire))).toEqual(plain(fromBinary(agentApi.IssueX509RequestSchema, wire).items.map(readX509Item)))
    }),
  )
})

test('JWT requests are read as the contract says', () => {
  const item = fc.record({ attributes: fc.array(attribute, { maxLength: 5 }), audience: fc.array(fc.string(), { maxLength: 4 }), spiffeId: fc.string() })
  fc.assert(
    fc.property(fc.array(item, { maxLength: 4 }), (items) => {
      const message = create(agentApi.IssueJwtRequestSchema, { items: items.map((each) => create(agentApi.JwtItemSchema, each)) })
      const wire = Buffer.from(toBinary(agentApi.IssueJwtRequestSchema, message))
      expect(plain(readJwtRequest(wire))).toEqual(plain(fromBinary(agentApi.IssueJwtRequestSchema, wire).items.map(readJwtItem)))
    }),
  )
})

test('X.509 answers are written as the contract says', () => {
  const svid = fc.record({ id, hint: fc.string(), certificates: fc.array(bytes, { maxLength: 3 }) })
  const answer: fc.Arbitrary<X509Answer> = fc.oneof(
    refusal,
    fc.record({ code: fc.constant(0 as const), svids: fc.array(svid, { maxLength: 3 }), issuedAtSeconds: seconds, expiresAtSeconds: seconds }),
  )
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 4 }), (answers) => {
      const expected = create(agentApi.IssueX509ResponseSchema, { results: answers.map(writeX509Result) })
      expect(plain(fromBinary(agentApi.IssueX509ResponseSchema, writeX509Response(answers)))).toEqual(plain(expected))
    }),
  )
})

test('JWT answers are written as the contract says, large ones too', () => {
  const svid = fc.record({ id, hint: fc.string({ unit: 'binary' }), token: fc.string({ maxLength: 9_000, size: 'max' }) })
  const answer: fc.Arbitrary<JwtAnswer> = fc.oneof(
    refusal,
    fc.record({
      code: fc.constant(0 as const),
      svids: fc.array(svid, { maxLength: 3 }),
      keyId: fc.string(),
      issuedAtSeconds: seconds,
      expiresAtSeconds: seconds,
    }),
  )
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 4 }), (answers) => {
      const expected = create(agentApi.IssueJwtResponseSchema, { results: answers.map(writeJwtResult) })
      expect(plain(fromBinary(agentApi.IssueJwtResponseSchema, writeJwtResponse(answers)))).toEqual(plain(expected))
    }),
  )
})

test('no bytes end in anything but wants or a RangeError', () => {
  const start = Buffer.from(
    toBinary(
      agentApi.IssueX509RequestSchema,
      create(agentApi.IssueX509RequestSchema, {
        items: [
          create(agentApi.X509ItemSchema, {
            attributes: [create(agentApi.AttributeSchema, { name: 'a', value: 'b' })],
            key: { case: 'csr', value: Buffer.alloc(20) },
          }),
        ],
      }),
    ),
  )
  const changed = fc.tuple(fc.nat(start.length - 1), fc.nat(255)).map(([at, byte]) => Buffer.from(start).fill(byte, at, at + 1))
  fc.assert(
    fc.property(
      fc.oneof(
        changed,
        fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each)),
      ),
      (wire) => {
        for (const read of [readX509Request, readJwtRequest]) {
          try {
            expect(Array.isArray(read(wire))).toBe(true)
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError)
          }
        }
      },
    ),
    { numRuns: 2_000 },
  )
})

/** Buffers and arrays, maps and objects are alike when they hold the same. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_name, each: unknown) => {
      if (typeof each === 'bigint') return String(each)
      if (each instanceof Map || each instanceof WorkloadAttributes) return [...each]
      if (each instanceof Uint8Array) return Buffer.from(each).toString('hex')
      return isBufferJson(each) ? Buffer.from(each.data).toString('hex') : each
    }),
  )
}

function isBufferJson(value: unknown): value is { readonly data: number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value
}

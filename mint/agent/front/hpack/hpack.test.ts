import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createHpackDecoder, encodeWithoutState, HpackError, type HeaderField } from './index.ts'

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(/\s/g, ''), 'hex')
}

function plain(fields: readonly HeaderField[]): readonly string[] {
  return fields.map(({ name, value }) => `${name}: ${value}`)
}

function decoder(listBytesMax = 65_536): ReturnType<typeof createHpackDecoder> {
  return createHpackDecoder({ listBytesMax })
}

const requests = [
  [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'],
  [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com', 'cache-control: no-cache'],
  [':method: GET', ':scheme: https', ':path: /index.html', ':authority: www.example.com', 'custom-key: custom-value'],
]
const date = 'date: Mon, 21 Oct 2013 20:13:21 GMT'
const location = 'location: https://www.example.com'
const responses = [
  [':status: 302', 'cache-control: private', date, location],
  [':status: 307', 'cache-control: private', date, location],
  [
    ':status: 200',
    'cache-control: private',
    'date: Mon, 21 Oct 2013 20:13:22 GMT',
    location,
    'content-encoding: gzip',
    'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
  ],
]
/** The examples of responses use a table of 256 bytes, which an encoder announces so. */
const SIZE_256 = '3fe101'

describe('RFC 7541 appendix C', () => {
  test.each([
    ['C.2.1', '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572', 'custom-key: custom-header', false],
    ['C.2.2', '040c 2f73 616d 706c 652f 7061 7468', ':path: /sample/path', false],
    ['C.2.3', '1008 7061 7373 776f 7264 0673 6563 7265 74', 'password: secret', true],
    ['C.2.4', '82', ':method: GET', false],
  ])('%s: one field', (_section, hex, field, sensitive) => {
    const { fields } = decoder().decode(bytes(hex))
    expect(plain(fields)).toEqual([field])
    expect(fields[0]?.sensitive).toBe(sensitive)
  })

  test.each([
    [
      'C.3: requests without Huffman code',
      requests,
      [
        '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        '8286 84be 5808 6e6f 2d63 6163 6865',
        '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
      ],
    ],
    [
      'C.4: requests with Huffman code',
      requests,
      ['8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff', '8286 84be 5886 a8eb 1064 9cbf', '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf'],
    ],
    [
      'C.5: responses without Huffman code, with eviction',
      responses,
      [
        `${SIZE_256} 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 54
         6e17 6874 7470 733a 2f2f 7777 772e 6578 616d 706c 652e 636f 6d`,
        '4803 3330 37c1 c0bf',
        `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a
         4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31`,
      ],
    ],
    [
      'C.6: responses with Huffman code, with eviction',
      responses,
      [
        `${SIZE_256} 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7
         8f0b 97c8 e9ae 82ae 43d3`,
        '4883 640e ffc1 c0bf',
        `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960
         d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
      ],
    ],
  ])('%s', (_name, expected, blocks) => {
    const connection = decoder()
    expect(blocks.map((block) => plain(connection.decode(bytes(block)).fields))).toEqual(expected)
  })
})

describe('header blocks', () => {
  test.each([
    ['an index of nothing', '80'],
    ['an index beyond the tables', 'be'],
    ['a literal whose name has no index', '7f00'],
    ['an integer that never ends', 'ffffffffffffffff'],
    ['a text longer than the block', '400a63'],
    ['a block that ends in a field', '40'],
    ['padding of a Huffman text with a zero', '0081 1800'],
    ['padding of a Huffman text longer than seven bits', '0081 ff00'],
    ['EOS in a Huffman text', '0084 ffff fffc 00'],
    ['a table size above the announced', '3fe2ff03'],
    ['a table size behind a field', '8220'],
    ['three table sizes', '202020'],
  ])('%s is refused', (_name, hex) => {
    expect(() => decoder().decode(bytes(hex))).toThrow(HpackError)
  })

  test('a small block that unfolds to a large list is refused', () => {
    const connection = decoder(10_000)
    connection.decode(encodeIndexed('x', 'y'.repeat(3000)))
    expect(() => connection.decode(Buffer.alloc(4, 0xbe))).toThrow(/larger than 10000 bytes/)
  })

  test('a larger table may be used once it is announced, and a smaller announcement takes nothing back', () => {
    const connection = decoder()
    connection.allowTableBytes(8192)
    connection.allowTableBytes(0)
    expect(connection.decode(bytes('3fe13f')).tableSizes).toEqual([8192])
  })

  const text = fc.uint8Array({ maxLength: 300 }).map((value) => Buffer.from(value).toString('latin1'))
  const field = fc.record({ name: fc.oneof(fc.constantFrom(':path', ':method', 'content-type', 'te'), text), value: text, sensitive: fc.boolean() })

  test('what is encoded without state is decoded to the same fields, twice', () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 20 }), fc.array(fc.nat(4096), { maxLength: 2 }), (fields, tableSizes) => {
        const block = encodeWithoutState({ fields, tableSizes })
        const connection = decoder()
        expect(connection.decode(block)).toEqual({ fields, tableSizes })
        expect(connection.decode(block)).toEqual({ fields, tableSizes })
      }),
    )
  })

  test('any bytes are a block or are refused', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (blocks) => {
        const connection = decoder()
        try {
          for (const block of blocks) connection.decode(block)
        } catch (error) {
          expect(error).toBeInstanceOf(HpackError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

function encodeIndexed(name: string, value: string): Buffer {
  const length = value.length - 127
  return Buffer.concat([
    Buffer.from([0x40, name.length]),
    Buffer.from(name),
    Buffer.from([0x7f, (length % 128) | 0x80, Math.floor(length / 128)]),
    Buffer.from(value),
  ])
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WindowTable } from './window-table.ts'

test('a table answers like a map from words to lists', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer(), fc.nat(9)), { maxLength: 300 }), fc.array(fc.integer()), (rows, others) => {
      const table = new WindowTable<number>()
      const map = new Map<number, number[]>()
      for (const [word, item] of rows) {
        table.add(word, item)
        map.set(word, [...(map.get(word) ?? []), item])
      }
      for (const word of [...map.keys(), ...others]) expect(table.get(word)).toEqual(map.get(word))
    }),
  )
})

test('a table that is full says so', () => {
  const table = new WindowTable<number>()
  expect(() => {
    for (let word = 0; word < 10_000; word++) table.add(word, word)
  }).toThrow('has to be made larger')
})

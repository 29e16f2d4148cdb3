import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RefMap } from './ref-map.ts'

const text = fc.constantFrom('a', 'b', 'a/b', '', 'constructor')
const ref = fc.record({ kind: text, namespace: text, name: text })

test('a map of objects answers like a map of their three names', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(ref, fc.option(fc.nat(), { nil: undefined }))), (steps) => {
      const map = new RefMap<number>()
      const model = new Map<string, number>()
      for (const [at, value] of steps) {
        const id = JSON.stringify([at.kind, at.namespace, at.name])
        if (value === undefined) {
          map.delete(at)
          model.delete(id)
        } else {
          map.set(at, value)
          model.set(id, value)
        }
        expect(map.get(at)).toBe(model.get(id))
      }
      const sorted = (values: Iterable<number>): number[] => [...values].toSorted((a, b) => a - b)
      expect(sorted(map.values())).toEqual(sorted(model.values()))
    }),
  )
})

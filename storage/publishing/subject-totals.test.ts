import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openSubjectTotals, type SubjectTotal } from './subject-totals.ts'

const FIRST_NEW = 100
const version = fc.record({ subjects: fc.uniqueArray(fc.integer({ min: 1, max: 5_000 }), { maxLength: 8 }), rank: fc.nat(4) })

test('new subjects are counted with their worst rank, and so is what older ones get', () => {
  fc.assert(
    fc.property(fc.array(version, { maxLength: 60 }), (versions) => {
      const totals = openSubjectTotals(() => FIRST_NEW)
      for (const { subjects, rank } of versions) totals.note(subjects, rank)
      const rising = (a: SubjectTotal, b: SubjectTotal): number => a.subject - b.subject
      const named = [...new Set(versions.flatMap(({ subjects }) => subjects))].toSorted((a, b) => a - b)
      const expected = named.map((subject): SubjectTotal => {
        const ranks = versions.filter(({ subjects }) => subjects.includes(subject)).map(({ rank }) => rank)
        return { subject, secrets: ranks.length, rank: Math.max(...ranks) }
      })
      expect([...totals.added()].toSorted(rising)).toEqual(expected.filter(({ subject }) => subject < FIRST_NEW))
      expect([...totals.counted()]).toEqual(expected.filter(({ subject }) => subject >= FIRST_NEW))
    }),
  )
})

test('while no number was given out every subject is an older one', () => {
  const totals = openSubjectTotals(() => undefined)
  totals.note([3, 7], 2)
  expect([...totals.added()].map(({ subject }) => subject)).toEqual([3, 7])
  expect([...totals.counted()]).toEqual([])
})

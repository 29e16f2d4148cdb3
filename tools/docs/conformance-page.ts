import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CONFORMANCE_RULES } from './conformance-rules.ts'

/** Rooms whose tests carry numbers of the checklist. */
const ROOMS = ['mint', 'tools/mint', 'processes', 'storage/mint']
const TITLE = /\b(?:test|it|describe)(?:\.[a-zA-Z]+)*(?:\([^\n]*?\))?\(\s*(['"`])((?:(?!\1).)*?\brules? \d(?:(?!\1).)*?)\1/g

/** A test that holds a rule. */
export interface NumberedTest {
  readonly file: string
  readonly title: string
}

/** Tests by the numbers in their titles: `rule 5`, `rules 29, 31`, `rules 41 to 43`. */
export function numberedTests(root: string): ReadonlyMap<number, readonly NumberedTest[]> {
  const found = new Map<number, NumberedTest[]>(CONFORMANCE_RULES.map(({ number, tables = [] }) => [number, [...tables]]))
  for (const room of ROOMS) {
    for (const name of readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).toSorted()) {
      if (!name.endsWith('.test.ts')) continue
      const file = `${room}/${name}`
      for (const [, , title = ''] of readFileSync(join(root, file), 'utf8').matchAll(TITLE)) {
        for (const number of numbersIn(title)) found.get(number)?.push({ file, title })
      }
    }
  }
  return found
}

function numbersIn(title: string): readonly number[] {
  const [, list = ''] = /\brules? (\d+(?:(?:, | and | to )\d+)*)/.exec(title) ?? []
  const numbers: number[] = []
  for (const part of list.split(/, | and /)) {
    const [from = Number.NaN, to = from] = part.split(' to ').map(Number)
    for (let number = from; number <= to; number += 1) numbers.push(number)
  }
  return numbers
}

/** The page `docs/conformance.md`. */
export function renderConformancePage(root: string): string {
  const tests = numberedTests(root)
  const rows = CONFORMANCE_RULES.map(({ number, says, source, notOffered }) => {
    const holding = notOffered ?? (tests.get(number) ?? []).map(({ file, title }) => `\`${file}\`: ${title.replaceAll('|', '\\|')}`).join('<br>')
    return `| ${number} | ${says} | ${source} | ${holding} |`
  })
  return [
    '# Conformance to SPIFFE',
    '',
    'What Mint holds itself to, and the test of each line. Numbers never change. This page is made from the titles of the tests (`UPDATE_DOCS=1 npx vitest run tools/docs` rewrites it).',
    'Real clients that run against Mint in the tests: go-spiffe, spiffe-helper, Envoy, java-spiffe, py-spiffe, a grpc-go of 2020, OpenSSL, and a Kubernetes API server as issuer and as relying party (`tools/mint`).',
    '',
    '| | what holds | specification | held by |',
    '|---:|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openApiDocument, PERMISSIONS, routes } from './index.ts'

const FILE = join(import.meta.dirname, '..', '..', 'docs', 'openapi.json')

test('docs/openapi.json is the document that the server answers', async () => {
  const current = `${JSON.stringify(openApiDocument(), null, 2)}\n`
  // UPDATE_DOCS=1 writes it instead of comparing. Spaces are the formatter's business.
  if (process.env['UPDATE_DOCS'] === '1') await writeFile(FILE, current)
  expect(JSON.parse(await readFile(FILE, 'utf8'))).toEqual(JSON.parse(current))
})

test('every route has a permission, an operationId that is its name, and a sentence', () => {
  for (const [name, route] of Object.entries(routes)) {
    expect(route.operationId).toBe(name)
    expect(PERMISSIONS).toContain(route['x-permission'])
    expect(route.summary.length).toBeGreaterThan(5)
  }
})

test('every text, list and number of a request is bounded', () => {
  const unbounded: string[] = []
  findUnbounded({ type: 'object', properties: { name: { type: 'string' } } }, 'example', {}, unbounded)
  expect(unbounded.splice(0)).toEqual(['example.name'])
  const document: unknown = openApiDocument()
  for (const [path, operations] of entries(Reflect.get(Object(document), 'paths'))) {
    for (const [method, operation] of entries(operations)) {
      const place = `${method} ${path}`
      for (const parameter of Object.values(Object(Reflect.get(Object(operation), 'parameters') ?? []))) {
        findUnbounded(Reflect.get(Object(parameter), 'schema'), `${place} ${String(Reflect.get(Object(parameter), 'name'))}`, document, unbounded)
      }
      for (const [type, content] of entries(Reflect.get(Object(Reflect.get(Object(operation), 'requestBody')), 'content'))) {
        findUnbounded(Reflect.get(Object(content), 'schema'), `${place} ${type}`, document, unbounded)
      }
    }
  }
  expect(unbounded).toEqual([])
})

function findUnbounded(schema: unknown, place: string, document: unknown, found: string[]): void {
  const reference: unknown = Reflect.get(Object(schema), '$ref')
  if (typeof reference === 'string') {
    const target = reference
      .split('/')
      .slice(1)
      .reduce<unknown>((node, part) => Reflect.get(Object(node), part), document)
    findUnbounded(target, place, document, found)
    return
  }
  const type: unknown = Reflect.get(Object(schema), 'type')
  const has = (name: string): boolean => Reflect.has(Object(schema), name)
  // Formats such as uuid and date-time and patterns without repetition bound themselves.
  if (type === 'string' && !['maxLength', 'enum', 'const', 'format', 'pattern'].some(has)) found.push(place)
  if (type === 'array' && !has('maxItems')) found.push(place)
  for (const [name, property] of entries(Reflect.get(Object(schema), 'properties'))) findUnbounded(property, `${place}.${name}`, document, found)
  if (has('items')) findUnbounded(Reflect.get(Object(schema), 'items'), `${place}[]`, document, found)
}

function entries(value: unknown): [string, unknown][] {
  return Object.entries(Object(value ?? {}))
}

import { expect, test } from 'vitest'
import { ApiError, createClient, ServerUnreachableError } from './index.ts'

interface Sent {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: string
}

function clientAnswering(answer: () => Response, token?: string) {
  const sent: Sent[] = []
  const client = createClient({
    server: 'http://127.0.0.1:7420/',
    ...(token === undefined ? {} : { token }),
    fetch: async (input, init) => {
      const request = new Request(input, init)
      sent.push({ url: request.url, method: request.method, headers: request.headers, body: await request.text() })
      return answer()
    },
  })
  return { client, sent }
}

test('parameters are encoded, absent ones are left out, and the token is sent', async () => {
  const { client, sent } = clientAnswering(() => Response.json({ items: [] }), 'mma_x')
  await client.listOccurrences({ params: { secretId: 'a/b c' }, query: { pageSize: 7, pageToken: undefined } })
  expect(sent[0]?.url).toBe('http://127.0.0.1:7420/api/v1/secrets/a%2Fb%20c/occurrences?pageSize=7')
  expect(sent[0]?.headers.get('authorization')).toBe('Bearer mma_x')
})

test('a problem becomes an error that names its type', async () => {
  const problem = { type: 'urn:mintmark:problem:not-found', title: 'There is nothing here', status: 404, detail: 'There is no such secret here.' }
  const { client } = clientAnswering(() => Response.json(problem, { status: 404, headers: { 'content-type': 'application/problem+json' } }))
  const error = await client.getSecret({ params: { secretId: 'x' } }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ApiError)
  expect(error instanceof ApiError && error.is('not-found')).toBe(true)
  expect(error).toHaveProperty('message', 'There is no such secret here.')
})

test.each([
  ['a page of another program', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
  ['an error page of a proxy', () => new Response('bad gateway', { status: 502 })],
  ['an answer of another version', () => Response.json({ items: 3 })],
  ['JSON that is cut', () => new Response('{"items":[', { headers: { 'content-type': 'application/json' } })],
])('%s is an unreachable server, not a crash', async (_, answer) => {
  const { client } = clientAnswering(answer)
  await expect(client.listSecrets()).rejects.toThrow(ServerUnreachableError)
})

test('a silent server is named, the token is not', async () => {
  const client = createClient({ server: 'http://127.0.0.1:1', token: 'mma_canary' })
  const error = await client.getHealth().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ServerUnreachableError)
  expect(String(error)).toContain('http://127.0.0.1:1')
  expect(String(error)).not.toContain('canary')
})

test('a body of bytes is sent as it is', async () => {
  const { client, sent } = clientAnswering(() => Response.json({ stored: true, nextSequence: 1 }))
  const scanId = '01930000-0000-7000-8000-000000000000'
  await client.appendChunk({ params: { scanId, sequence: 0 }, headers: { 'content-digest': 'd' }, body: new TextEncoder().encode('{}\n') })
  expect(sent[0]).toMatchObject({ method: 'PUT', body: '{}\n' })
  expect(sent[0]?.headers.get('content-type')).toBe('application/x-ndjson')
})

test('what has no content answers undefined', async () => {
  const { client } = clientAnswering(() => new Response(null, { status: 204 }))
  expect(await client.deleteSession()).toBeUndefined()
})

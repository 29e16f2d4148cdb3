import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createReviewCredentials } from './review-credentials.ts'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mintmark-credentials-'))
  file = join(folder, 'token')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const SERVER = 'https://api.example.org:6443'

test('a credential is read anew at each use', async () => {
  const credentials = createReviewCredentials(new Map([[`${SERVER}/`, file]]))
  await writeFile(file, 'first.token\n')
  expect(await credentials.read(SERVER)).toBe('first.token')
  await writeFile(file, 'second.token')
  expect(await credentials.read(`${SERVER}/`)).toBe('second.token')
})

test.each(['https://evil.example:6443', 'https://api.example.org', `${SERVER}/proxy`])('no credential goes to %s, for which none is named', async (server) => {
  await writeFile(file, 'a.token')
  await expect(createReviewCredentials(new Map([[SERVER, file]])).read(server)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('MINTMARK_TOKEN_REVIEW_CREDENTIALS'),
  })
})

test.each([
  ['nothing', ''],
  ['a line too many', 'a.token\nx-header: 1'],
  ['too much', 'x'.repeat(20_000)],
  ['something else', '{"token": "x"}'],
])('a file that holds %s is no credential, and its text is not repeated', async (_what, text) => {
  await writeFile(file, text)
  await expect(createReviewCredentials(new Map([[SERVER, file]])).read(SERVER)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringMatching(/is no bearer token of at most 16384 bytes\.$/),
  })
})

test('a file that is missing is a reason to come again', async () => {
  await expect(createReviewCredentials(new Map([[SERVER, file]])).read(SERVER)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test.each(['http://api.example.org', 'api.example.org', 'https://user@api.example.org', 'https://api.example.org/?x'])('%s is no API server', (server) => {
  expect(() => createReviewCredentials(new Map([[server, file]]))).toThrow(RangeError)
})

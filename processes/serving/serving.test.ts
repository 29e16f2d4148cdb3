import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { UserError } from '@mintmark/ledger/model'
import { openDataFolder } from './data-folder.ts'
import { startHttpServer } from './http-server.ts'
import { answerWhileStarting } from './starting.ts'
import { renderBanner } from './terminal.ts'

const LOOPBACK = { host: '127.0.0.1', port: 0 }
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mintmark-serving-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('a data folder is made for its owner alone, and held by one', async () => {
  const path = join(folder, 'a', 'b')
  const held = await openDataFolder(path)
  expect((await stat(path)).mode & 0o066).toBe(0)
  const refusal = openDataFolder(path)
  await expect(refusal).rejects.toThrow(UserError)
  await expect(refusal).rejects.toThrow(`process ${process.pid}`)
  await held.unlock()
  await (await openDataFolder(path)).unlock()
})

test('a folder that cannot be made is named', async () => {
  const file = join(folder, 'file')
  await writeFile(file, '')
  await expect(openDataFolder(join(file, 'data'))).rejects.toThrow(join(file, 'data'))
})

test('a taken port is named, with the flag that changes it', async () => {
  const first = await startHttpServer(LOOPBACK, answerWhileStarting)
  const port = Number(new URL(first.url).port)
  const error = await startHttpServer({ host: '127.0.0.1', port }, answerWhileStarting).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(UserError)
  expect(error).toMatchObject({ message: `Port ${port} of 127.0.0.1 is taken by another program.`, remedy: expect.stringContaining('--listen') })
  await first.stop()
})

test('an address of another machine is named', async () => {
  await expect(startHttpServer({ host: '192.0.2.1', port: 0 }, answerWhileStarting)).rejects.toThrow('192.0.2.1')
})

test('while it starts, the server lives but is not ready', async () => {
  const server = await startHttpServer(LOOPBACK, answerWhileStarting)
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  const ready = await fetch(`${server.url}/readyz`)
  expect([ready.status, ready.headers.get('content-type')]).toEqual([503, 'application/problem+json'])
  server.handle(() => new Response('ready'))
  expect(await (await fetch(server.url)).text()).toBe('ready')
  await server.stop()
})

test('a request under way ends before the server stops', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<Response>()
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<undefined>()
  const server = await startHttpServer(LOOPBACK, () => {
    arrive(undefined)
    return released
  })
  const answer = fetch(server.url)
  await arrived
  const stopped = server.stop()
  release(new Response('late but whole'))
  expect(await (await answer).text()).toBe('late but whole')
  await stopped
})

test('bytes that are no HTTP harm nobody', async () => {
  const server = await startHttpServer(LOOPBACK, answerWhileStarting)
  await new Promise<void>((resolve) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.end('\u0016\u0003\u0001 not http\r\n\r\n'))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
    socket.resume()
  })
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  await server.stop()
})

test('the first lines warn when other machines reach the server without TLS', () => {
  const facts = { url: 'http://localhost:7420', readySeconds: 0.81, data: '/data', database: 'embedded' as const, link: undefined }
  expect(renderBanner({ ...facts, isExposed: true })).toContain('TLS proxy')
  expect(renderBanner({ ...facts, isExposed: false })).not.toContain('TLS')
  expect(renderBanner({ ...facts, link: 'http://localhost:7420/login#mmo_x', isExposed: false })).toContain('login#mmo_x')
})

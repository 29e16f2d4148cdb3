import { mkdir, mkdtemp, rm, stat, symlink, writeFile, chmod, readdir } from 'node:fs/promises'
import { once } from 'node:events'
import { connect } from 'node:net'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { echo } from './echo-testing.ts'
import { listenOnSocket, SocketFileError, type ListenOptions, type SocketListener } from './index.ts'

let folder: string
let path: string
let warnings: string[]
const listeners: SocketListener[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mint-socket-'))
  path = join(folder, 'agent.sock')
  warnings = []
})
afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.close()
  await rm(folder, { recursive: true })
})

async function listen(options: Partial<ListenOptions> = {}): Promise<SocketListener> {
  // What this machine allows its processes is not what these tests are about.
  const log = { warn: (message: string) => void (message.includes('open files') || warnings.push(message)) }
  const listener = await listenOnSocket({ path, log, onConnection: () => echo, ...options })
  listeners.push(listener)
  return listener
}

async function answers(target = path): Promise<boolean> {
  const socket = connect(target)
  return await new Promise((resolve) => {
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

describe('the socket file', () => {
  test.each([
    [undefined, 0o777],
    [0o660, 0o660],
  ])('with mode %s is open to those it says', async (mode, expected) => {
    await listen(mode === undefined ? {} : { mode })
    const { mode: found } = await stat(path)
    expect(found & 0o777).toBe(expected)
  })

  test('its folder is made when it is missing', async () => {
    await listen({ path: join(folder, 'run', 'sockets', 'agent.sock') })
    expect(await answers(join(folder, 'run', 'sockets', 'agent.sock'))).toBe(true)
  })

  test('a socket that a killed agent has left is replaced', async () => {
    const program = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.stdout.write('x'))`
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await answers()).toBe(false)
    await listen()
    expect(await answers()).toBe(true)
    expect(warnings.filter((warning) => warning.includes('Another agent'))).toEqual([])
  })

  test('of two agents that overlap the newer gets new connections, and the older does not remove its socket', async () => {
    const older = await listen()
    const newer = await listen()
    expect(warnings.filter((warning) => warning.includes('Another agent')).length).toBe(1)
    await older.close()
    expect(await answers()).toBe(true)
    await newer.close()
    expect(await readdir(folder)).toEqual([])
  })

  test.each([
    ['a relative path', () => 'agent.sock'],
    ['an abstract name', () => '\0agent'],
    ['a path longer than Linux allows', () => join(folder, 'x'.repeat(100))],
  ])('%s is refused', async (_name, make) => {
    await expect(listen({ path: make() })).rejects.toThrow(SocketFileError)
  })

  test('a file or a link in its place is left alone', async () => {
    await writeFile(path, 'mine')
    await expect(listen()).rejects.toThrow(/is no socket/)
    await symlink('/nowhere', join(folder, 'link'))
    await expect(listen({ path: join(folder, 'link') })).rejects.toThrow(/is no socket/)
  })

  test('a folder in which others could replace the socket is refused', async () => {
    const open = join(folder, 'open')
    await mkdir(open)
    await chmod(open, 0o777)
    await expect(listen({ path: join(open, 'agent.sock') })).rejects.toThrow(/chmod go-w/)
    await chmod(open, 0o1777)
    await listen({ path: join(open, 'agent.sock') })
  })
})

describe('the bounds of connections', () => {
  test.each([
    ['in total', { connectionsMax: 3 }],
    ['of a user', { connectionsPerUserMax: 3 }],
    ['of a process', { connectionsPerProcessMax: 3 }],
  ])('%s hold, and a connection that ends makes room', async (_name, limits) => {
    const accepted: number[] = []
    const listener = await listen({
      limits,
      onConnection({ id }) {
        accepted.push(id)
        return echo
      },
    })
    const sockets = Array.from({ length: 5 }, () => connect(path).on('error', () => undefined))
    const refused = sockets.map((socket) => once(socket.resume(), 'close').then(() => socket))
    await Promise.race(refused)
    await vi.waitUntil(() => warnings.length === 2)
    expect(accepted).toEqual([1, 2, 3])
    expect(warnings).toEqual(['Connection refused by a limit', 'Connection refused by a limit'])
    sockets.find((socket) => !socket.destroyed)?.destroy()
    await vi.waitUntil(() => listener.connections === 2)
    const another = connect(path)
    await vi.waitUntil(() => accepted.length === 4)
    for (const socket of [...sockets, another]) socket.destroy()
  })

  test('a connection that asks for nothing is closed', async () => {
    await listen({ limits: { firstRequestSeconds: 0.01 } })
    const socket = connect(path)
    await once(socket.resume(), 'close')
    expect(warnings).toEqual(['Connection closed'])
  })
})

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, chmod } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Peer } from '@mintmark/mint/attestation'
import { descriptorOf, openKernel, PeerRefusedError, readPeer, type Kernel } from './index.ts'
import { pidByProc } from './kernel.ts'
import { handleByProc, parseStartTime } from './process-handle.ts'

const kernel = openKernel()
const isRoot = process.geteuid?.() === 0
const withoutPidfds: Kernel = { ...kernel, knowsPidfds: false }

let folder: string
let path: string
let server: Server
let accepted: Socket[]
const children: ChildProcess[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mint-peer-'))
  await chmod(folder, 0o755)
  path = join(folder, 's')
  accepted = []
  server = createServer({ pauseOnConnect: true }, (socket) => accepted.push(socket))
  server.listen(path)
  await once(server, 'listening')
  await chmod(path, 0o777)
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const socket of accepted) socket.destroy()
  server.close()
  await rm(folder, { recursive: true })
})

/** A process that connects and stays until its input ends. */
const CLIENT = `const s = require('node:net').connect(process.argv[1]); s.on('connect', () => process.stdout.write('connected')); s.on('error', () => {}); process.stdin.resume(); process.stdin.on('end', () => process.exit())`

async function startClient(command: readonly string[] = [], identity: { uid?: number; gid?: number } = {}): Promise<{ child: ChildProcess; socket: Socket }> {
  const line = [...command, process.execPath, '-e', CLIENT, path]
  const child = spawn(line[0] ?? process.execPath, line.slice(1), { stdio: ['pipe', 'pipe', 'ignore'], ...identity })
  children.push(child)
  const connection = once(server, 'connection')
  await Promise.race([connection, once(child, 'exit').then(() => Promise.reject(new Error('the client ended')))])
  const socket = accepted.at(-1)
  if (socket === undefined) throw new Error('nothing was accepted')
  return { child, socket }
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.stdin?.end()
  await ended
}

describe.each([
  ['by pidfd', kernel],
  ['by /proc', withoutPidfds],
])('the peer of a connection, %s', (_name, used) => {
  test('is the process that connected, and is alive until it ends', async () => {
    const { child, socket } = await startClient()
    const peer = readPeer(used, socket)
    expect(peer).toMatchObject({ pid: child.pid, uid: process.geteuid?.(), gid: process.getegid?.() })
    expect(peer.isAlive()).toBe(true)
    await end(child)
    expect(peer.isAlive()).toBe(false)
  })

  test.runIf(isRoot)('has the user and group of the process', async () => {
    const { socket } = await startClient([], { uid: 4242, gid: 4343 })
    expect(readPeer(used, socket)).toMatchObject({ uid: 4242, gid: 4343 })
  })

  test.runIf(isRoot)('has the supplementary groups that the process had when it connected', async () => {
    const { socket } = await startClient(['setpriv', '--reuid', '4242', '--regid', '4343', '--groups', '4501,4500,9999'])
    const peer = readPeer(used, socket)
    expect(peer).toMatchObject({ uid: 4242, gid: 4343 })
    expect(new Set(peer.groups?.())).toEqual(new Set([4500, 4501, 9999]))
  })

  test.runIf(isRoot)('does not say its supplementary groups when there are too many, or none when it has none', async () => {
    const many = Array.from({ length: 300 }, (_, index) => 5000 + index).join(',')
    const { socket } = await startClient(['setpriv', '--reuid', '4242', '--groups', many])
    expect(readPeer(used, socket).groups?.()).toBe(undefined)
    const { socket: other } = await startClient(['setpriv', '--reuid', '4242', '--clear-groups'])
    expect(readPeer(used, other).groups?.()).toEqual([])
  })

  test('is nobody any more when the connection is closed', async () => {
    const { socket } = await startClient()
    const peer = readPeer(used, socket)
    const closed = once(socket, 'close')
    socket.destroy()
    await closed
    expect(peer.isAlive()).toBe(false)
  })

  test('is refused when the process has ended before it was asked for', async () => {
    const { child, socket } = await startClient()
    await end(child)
    expect(() => readPeer(used, socket)).toThrow(PeerRefusedError)
  })

  test('holds no descriptor after its connection', async () => {
    const before = (await readdir('/proc/self/fd')).length
    for (let round = 0; round < 300; round += 1) {
      const connection = once(server, 'connection')
      const client = connect(path)
      await connection
      const socket = accepted.pop()
      if (socket === undefined) throw new Error('nothing was accepted')
      const peer: Peer = readPeer(used, socket)
      expect(peer.isAlive()).toBe(true)
      const closed = Promise.all([once(socket, 'close'), once(client, 'close')])
      socket.destroy()
      client.destroy()
      await closed
    }
    expect((await readdir('/proc/self/fd')).length).toBeLessThanOrEqual(before + 2)
  })
})

test.runIf(kernel.knowsPidfds)('a pidfd has one number, whichever way the kernel is asked', async () => {
  const { socket, child } = await startClient()
  const descriptor = descriptorOf(socket)
  const pidfd = descriptor === undefined ? undefined : kernel.peerPidfd(descriptor)
  if (pidfd === undefined) throw new Error('this kernel has no pidfds of peers')
  expect([kernel.pidOf(pidfd), pidByProc(pidfd)]).toEqual([child.pid, child.pid])
  await end(child)
  expect([kernel.pidOf(pidfd), pidByProc(pidfd)]).not.toContain(child.pid)
  kernel.close(pidfd)
})

describe('refusals', () => {
  test('a process outside our PID namespace gets no identity', async () => {
    const { socket } = await startClient()
    expect(() => readPeer({ ...kernel, peerCredentials: () => ({ pid: 0, uid: 0, gid: 0 }) }, socket)).toThrow(/hostPID/)
  })

  test.each([
    ['no credentials', { ...kernel, peerCredentials: () => undefined }],
    ['no pidfd', { ...kernel, peerPidfd: () => undefined }],
    ['a pidfd of an ended process', { ...kernel, hasExited: () => true }],
    ['a number that is another process', { ...kernel, peerCredentials: () => ({ pid: 1, uid: 0, gid: 0 }) }],
  ])('%s', async (_name, broken) => {
    const { socket } = await startClient()
    expect(() => readPeer(broken, socket)).toThrow(PeerRefusedError)
  })

  test('a connection that is closed already', async () => {
    const { socket } = await startClient()
    socket.destroy()
    expect(() => readPeer(kernel, socket)).toThrow(PeerRefusedError)
  })

  test.runIf(isRoot)('a process in a PID namespace below ours has its number in ours', async () => {
    const { socket } = await startClient(['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'])
    const peer = readPeer(kernel, socket)
    expect(peer.pid).toBeGreaterThan(1)
    expect(peer.isAlive()).toBe(true)
  })
})

describe('start times', () => {
  test('a program may call itself what it likes', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const fields = ['S', ...Array.from({ length: 18 }, () => '0'), '123456', '0', '0']
        expect(parseStartTime(`7 (${name}) ${fields.join(' ')}\n`)).toBe('123456')
      }),
    )
  })

  test.each(['Z', 'X'])('a process in state %s has ended', (state) => {
    expect(parseStartTime(`7 (a) ${[state, ...Array.from({ length: 19 }, () => '1')].join(' ')}`)).toBe(undefined)
  })

  test('there is no handle on nobody', () => {
    expect(handleByProc(2 ** 22 + 1)).toBe(undefined)
  })
})

describe('the experimental warning of foreign functions', () => {
  test('does not reach the log', async () => {
    const program = `import { openKernel } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))}; openKernel(); process.emitWarning('another one', 'ExperimentalWarning')`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'ignore', 'pipe'] })
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    expect(await once(child, 'close')).toEqual([0, null])
    expect(errors).not.toMatch(/FFI/)
    expect(errors).toMatch(/another one/)
  })
})

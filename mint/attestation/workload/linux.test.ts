import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAccounts, parseAccounts } from './accounts.ts'
import { createLinuxAttestor, supplementaryGroups } from './linux.ts'
import { openProcessFiles } from './process-files.ts'
import { createSystemdAttestor, unitOf } from './systemd.ts'

const signal = new AbortController().signal
/** Of util-linux, as on every Linux. */
const SETPRIV = 'setpriv'
let etc: string

beforeAll(async () => {
  etc = await mkdtemp(join(tmpdir(), 'mint-etc-'))
  await writeFile(join(etc, 'passwd'), 'root:x:0:0::/root:/bin/sh\nweb:x:4242:4343:Web:/:/bin/false\nweb2:x:4242:1::/:\n# c\nbroken\n')
  await writeFile(join(etc, 'group'), 'root:x:0:\nweb:x:4343:\nlogs:x:4501:web\ndata:x:4500:web\n')
})
afterAll(() => rm(etc, { recursive: true }))

describe('the linux attestor', () => {
  test.runIf(process.geteuid?.() === 0)('names user, group and supplementary groups of a process, and its binary when asked to', async () => {
    const groups = ['--reuid', '4242', '--regid', '4343', '--groups', '4501,4500,9999']
    const child = spawn(SETPRIV, [...groups, 'sleep', '60'], { stdio: 'ignore' })
    await once(child, 'spawn')
    const pid = child.pid ?? 0
    const files = openProcessFiles()
    // The program replaces setpriv in place; until then it is still root's.
    while (!/^Uid:\s+4242\s/m.test(files.read(pid, 'status')) || !files.read(pid, 'status').includes('sleep')) await new Promise(setImmediate)
    const attestor = createLinuxAttestor({ discoverWorkloadPath: true }, { files, accounts: openAccounts(etc) })
    const attributes = await attestor.attest({ peer: { pid, uid: 4242, gid: 4343, isAlive: () => true }, signal })
    child.kill('SIGKILL')
    expect(Object.fromEntries(attributes)).toEqual({
      'linux.user.id': '4242',
      'linux.user.name': 'web',
      'linux.group.id': '4343',
      'linux.group.name': 'web',
      'linux.supp_group.id': '4500,4501,9999',
      'linux.supp_group.name': 'data,logs',
      'linux.binary.path': expect.stringMatching(/sleep|coreutils|busybox/),
    })
  })

  test('numbers without names have no name attribute', async () => {
    const attestor = createLinuxAttestor({}, { files: { read: () => 'Name:\ta\nGroups:\t \n' }, accounts: openAccounts(join(etc, 'none')) })
    const attributes = await attestor.attest({ peer: { pid: 1, uid: 77, gid: 78, isAlive: () => true }, signal })
    expect([...attributes]).toEqual([
      ['linux.user.id', '77'],
      ['linux.group.id', '78'],
    ])
  })

  test('takes the groups that the kernel tells of the connection, and does not ask the process then', async () => {
    const files = {
      read(): string {
        throw new Error('The process was asked.')
      },
    }
    const attestor = createLinuxAttestor({}, { files, accounts: openAccounts(etc) })
    const attributes = await attestor.attest({ peer: { pid: 1, uid: 4242, gid: 4343, groups: () => [9999, 4501, 4501, 4500], isAlive: () => true }, signal })
    expect(attributes.get('linux.supp_group.id')).toBe('4500,4501,9999')
    expect(attributes.get('linux.supp_group.name')).toBe('data,logs')
  })

  test('a process that is gone gives no attributes', async () => {
    const attestor = createLinuxAttestor({}, { files: openProcessFiles(), accounts: openAccounts(etc) })
    await expect(attestor.attest({ peer: { pid: 2 ** 22 + 1, uid: 0, gid: 0, isAlive: () => false }, signal })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('an account file that changes is read again', async () => {
    const accounts = openAccounts(etc)
    expect(accounts.groupName(4600)).toBe(undefined)
    await writeFile(join(etc, 'group'), 'root:x:0:\nweb:x:4343:\nlogs:x:4501:web\ndata:x:4500:web\nnewcomers:x:4600:\n')
    expect(accounts.groupName(4600)).toBe('newcomers')
  })

  test('any text is an account file', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ':', '\n', '0', '#', '+') }), (text) => {
        for (const [id, name] of parseAccounts(text)) expect([Number.isInteger(id), name.length > 0]).toEqual([true, true])
      }),
    )
    expect(supplementaryGroups('no such line')).toEqual([])
  })
})

describe('the systemd attestor', () => {
  test.each([
    ['0::/system.slice/nginx.service', 'nginx.service', '/system.slice/nginx.service'],
    ['0::/system.slice/system-getty.slice/getty@tty1.service', 'getty@tty1.service', '/system.slice/system-getty.slice/getty@tty1.service'],
    ['5:memory:/other\n1:name=systemd:/system.slice/db.service\n', 'db.service', '/system.slice/db.service'],
    ['0::/system.slice/app.service/chosen-by-the-app.service', 'app.service', '/system.slice/app.service'],
    ['0::/user.slice/user-1000.slice/user@1000.service/app.slice/nginx.service', 'user@1000.service', '/user.slice/user-1000.slice/user@1000.service'],
    ['0::/user.slice/user-1000.slice/session-3.scope', 'session-3.scope', '/user.slice/user-1000.slice/session-3.scope'],
  ])('%s is the unit %s', (cgroup, id, controlGroup) => {
    expect(unitOf(cgroup)).toEqual({ id, controlGroup })
  })

  test.each([
    '0::/',
    '0::/../..',
    '0::/init',
    `0::/system.slice/docker-${'a'.repeat(64)}.scope`,
    '0::/kubepods.slice/kubepods-pod1.slice',
    '',
    '3:cpu:/system.slice/a.service',
  ])('%j is no unit', async (cgroup) => {
    const attestor = createSystemdAttestor({ files: { read: () => cgroup } })
    expect((await attestor.attest({ peer: { pid: 1, uid: 0, gid: 0, isAlive: () => true }, signal })).size).toBe(0)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AttestationError } from '../../model.ts'
import type { ProcessFiles } from '../process-files.ts'
import { findContainer } from './container.ts'

const uid = '2c48913c-b29f-11e7-9350-020968147796'
const uid_ = uid.replaceAll('-', '_')
const cid = '9bca8d63d5fa610783847915bcff0ecac1273e5b4bed3f6fa1b07350e0135961'
const outer = 'c'.repeat(64)
const otherUid = 'a4e48913-b29f-11e7-9350-020968147796'
const otherCid = 'b'.repeat(64)

function files(cgroup: string, mountinfo = ''): ProcessFiles {
  return { read: (_pid, file) => (file === 'cgroup' ? cgroup : mountinfo) }
}

function find(cgroup: string, mountinfo?: string): ReturnType<typeof findContainer> {
  return findContainer(files(cgroup, mountinfo), 7)
}

function mount(root: string, type = 'cgroup2'): string {
  return `25 24 0:22 ${root} /sys/fs/cgroup ro,nosuid - ${type} cgroup rw\n`
}

describe('containers in cgroups', () => {
  test.each([
    ['c1', `5:memory:/kubepods/burstable/pod${uid}/${cid}`, uid],
    ['c2', `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${uid_}.slice/docker-${cid}.scope`, uid],
    ['c3', `1:name=systemd:/system.slice/containerd.service/kubepods-burstable-pod${uid_}.slice:cri-containerd:${cid}`, uid],
    ['c4', `4:devices:/../../burstable/pod${uid}/${cid}`, uid],
    ['c5', `0::/../../kubelet-kubepods-besteffort-pod${uid_}.slice/cri-containerd-${cid}.scope`, uid],
    ['c6', `3:cpu:/docker/${outer}/kubepods/besteffort/pod${uid}/${cid}\n0::/docker/${outer}/system.slice/containerd.service`, uid],
    ['c7', `0::/../crio-${cid}.scope`, undefined],
    ['c8', `0::/kubepods/burstable/pod2732ca68f6358eba7703fb6f82a25c94/${cid}`, '2732ca68f6358eba7703fb6f82a25c94'],
    ['upper case', `0::/kubepods/pod${uid.toUpperCase()}/${cid.toUpperCase()}`, uid],
    ['a line without a container beside one with', `0::/system.slice/kubelet.service\n1:cpu:/kubepods/pod${uid}/${cid}\n`, uid],
    ['a line with a pod beats one without', `1:cpu:/docker/${otherCid}\n2:memory:/kubepods/pod${uid}/${cid}`, uid],
  ])('vector %s', (_vector, cgroup, podUid) => {
    expect(find(cgroup)).toMatchObject({ containerId: cid, podUid })
  })

  test('vector c6: the container around the cluster is named as enclosing', () => {
    expect(find(`3:cpu:/docker/${outer}/kubepods/besteffort/pod${uid}/${cid}`)?.enclosing).toEqual([outer])
  })

  test.each([
    ['c9, pods', `1:cpu:/kubepods/pod${uid}/${cid}\n2:memory:/kubepods/pod${otherUid}/${cid}`],
    ['c9, containers', `1:cpu:/docker/${cid}\n2:memory:/docker/${otherCid}`],
    ['containers of one pod', `1:cpu:/kubepods/pod${uid}/${cid}\n2:memory:/kubepods/pod${uid}/${otherCid}`],
  ])('vector %s that differ are refused', (_vector, cgroup) => {
    expect(() => find(cgroup)).toThrow(expect.objectContaining({ code: 'FAILED_PRECONDITION' }))
  })

  test('vector c10: a mount table that shows another pod is not looked at', () => {
    expect(find(`0::/kubepods/pod${uid}/${cid}`, mount(`/kubepods/pod${otherUid}/${otherCid}`))).toMatchObject({ containerId: cid, podUid: uid })
  })

  test.each([
    ['an ordinary service', '0::/system.slice/nginx.service'],
    ['a user', '0::/user.slice/user-1000.slice/session-1.scope'],
  ])('a mount table makes no container of %s', (_name, cgroup) => {
    expect(find(cgroup, mount(`/kubepods/pod${otherUid}/${otherCid}`))).toBe(undefined)
  })

  test.each([
    ['/', 'cgroup2'],
    ['/../..', 'cgroup'],
  ])('a cgroup that says nothing (%s) is looked for in the mount table', (path, type) => {
    const table = `${mount('/', type)}1 2 0:1 / /proc rw shared:5 - proc proc rw\n${mount(`/kubepods/pod${uid}/${cid}`, type)}`
    expect(find(`0::${path}`, table)).toMatchObject({ containerId: cid, podUid: uid })
  })

  test('cgroups that a user made below the own manager are no containers', () => {
    expect(find(`0::/user.slice/user-1000.slice/user@1000.service/kubepods-pod${uid_}.slice/cri-containerd-${cid}.scope`)).toBe(undefined)
  })

  test('any text gives a container, none or a refusal', () => {
    const piece = fc.constantFrom('/', ':', '\n', '0::', '1:cpu:', cid, `pod${uid}`, `pod${uid_}`, '..', 'docker-', '.scope', ' - ', 'cgroup2', '\\040', 'x')
    const text = fc.array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 25 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, text, (cgroup, mountinfo) => {
        try {
          const found = find(cgroup, mountinfo)
          if (found !== undefined) expect(found.containerId).toMatch(/^[0-9a-f]{64}$/)
        } catch (error) {
          expect(error).toBeInstanceOf(AttestationError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

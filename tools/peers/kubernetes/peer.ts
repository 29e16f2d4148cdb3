import { readFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Peer } from '../peer.ts'

const VERSION = '1.36.3'
const [MAJOR = '', MINOR = ''] = VERSION.split('.')
const SOURCE = import.meta.dirname
const VERSION_PACKAGE = 'k8s.io/component-base/version'
const LINKER_FLAGS = [
  '-s -w',
  `-X ${VERSION_PACKAGE}.gitVersion=v${VERSION}`,
  `-X ${VERSION_PACKAGE}.gitMajor=${MAJOR}`,
  `-X ${VERSION_PACKAGE}.gitMinor=${MINOR}`,
  `-X ${VERSION_PACKAGE}.gitTreeState=clean`,
].join(' ')

/** The Kubernetes control plane, built from its Go modules: nobody publishes it in a package registry. */
export const kubernetes: Peer = {
  name: 'kubernetes',
  purpose: `a real API server ${VERSION} with etcd, for everything that reads or changes a cluster`,
  lock: [LINKER_FLAGS, readFileSync(join(SOURCE, 'go.mod'), 'utf8'), readFileSync(join(SOURCE, 'go.sum'), 'utf8')],
  executables: { 'kube-apiserver': 'kube-apiserver', 'kube-controller-manager': 'kube-controller-manager', etcd: 'etcd' },
  needs: ['go', 'openssl'],
  cost: '5 to 9 minutes',
  async build(folder, run) {
    // The build writes nothing into the repository: the module is copied, and -mod=readonly holds it to go.sum.
    await cp(join(SOURCE, 'go.mod'), join(folder, 'go.mod'))
    await cp(join(SOURCE, 'go.sum'), join(folder, 'go.sum'))
    const build = ['build', '-mod=readonly', '-trimpath', '-ldflags', LINKER_FLAGS, '-o', `${folder}/`]
    const options = { cwd: folder, env: { CGO_ENABLED: '0' } }
    await run('go', [...build, 'k8s.io/kubernetes/cmd/kube-apiserver', 'k8s.io/kubernetes/cmd/kube-controller-manager'], options)
    await run('go', ['build', '-mod=readonly', '-trimpath', '-ldflags', '-s -w', '-o', join(folder, 'etcd'), 'go.etcd.io/etcd/server/v3'], options)
  },
}

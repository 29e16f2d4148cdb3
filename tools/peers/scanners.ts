import { join } from 'node:path'
import type { Peer } from './peer.ts'

const GITLEAKS = 'github.com/zricethezav/gitleaks/v8@v8.30.1'
const KINGFISHER = 'kingfisher-bin==2.14.0'

/** Compared with in the detection bench, as a process. */
export const gitleaks: Peer = {
  name: 'gitleaks',
  purpose: 'the detection bench compares with it',
  lock: [GITLEAKS],
  executables: { gitleaks: 'gitleaks' },
  needs: ['go'],
  cost: 'one minute',
  build: (folder, run) => run('go', ['install', GITLEAKS], { cwd: folder, env: { GOBIN: folder, CGO_ENABLED: '0', GOFLAGS: '-mod=mod' } }),
}

/** Compared with in the detection bench, as a process and without its live validation. */
export const kingfisher: Peer = {
  name: 'kingfisher',
  purpose: 'the detection bench compares with it',
  lock: [KINGFISHER],
  executables: { kingfisher: 'kingfisher' },
  needs: ['python3'],
  cost: 'half a minute',
  async build(folder, run) {
    // A venv remembers its own path and would not survive the move to its final folder; --target does.
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', join(folder, 'package'), KINGFISHER], { cwd: folder })
    await run('sh', ['-c', `cp "$(find package -type f -name kingfisher -perm -u+x | head -n 1)" kingfisher && rm -r package`], { cwd: folder })
  },
}

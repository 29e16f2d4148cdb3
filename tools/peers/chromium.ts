import { existsSync } from 'node:fs'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Peer } from './peer.ts'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'] as const

/** A browser of the system; where there is none and we may install, Debian's chromium. */
export const chromium: Peer = {
  name: 'chromium',
  purpose: 'a real browser, for pages and reports',
  lock: ['system browser', ...PLACES],
  executables: { chromium: 'chromium' },
  needs: [],
  cost: 'a minute',
  async build(folder, run) {
    if (findBrowser() === undefined) {
      if (process.getuid?.() !== 0) throw new Error('no chromium found; install it with your system, for example: sudo apt-get install chromium')
      await run('apt-get', ['update'])
      await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { env: { DEBIAN_FRONTEND: 'noninteractive' } })
    }
    const browser = findBrowser()
    if (browser === undefined) throw new Error('the package chromium brought no browser to any of the usual places')
    await symlink(browser, join(folder, 'chromium'))
  },
}

function findBrowser(): string | undefined {
  return PLACES.find((path) => existsSync(path))
}

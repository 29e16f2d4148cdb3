import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { runSpirlctl, withFolder } from '../testing.ts'

async function scanIn(home: string, env: Record<string, string> = {}) {
  const folder = join(home, 'manifests')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'map.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { DB_PASSWORD: mQ7vLx29rTzW }\n')
  const { code, stdout } = await runSpirlctl(home, ['scan', 'kubernetes', '--manifests', folder, '--cluster-name', 'west', '-o', 'json'], { env })
  return { code, found: stdout.includes('DB_PASSWORD') }
}

test.runIf(process.platform === 'linux')('the first scan of a home leaves the compiled engine there, and the next one finds it', async () => {
  await withFolder(async (home) => {
    const compiled = join(home, '.cache', 'mintmark', 'compiled')
    expect(await scanIn(home)).toEqual({ code: 0, found: true })
    // Settings of V8 that its compiled code depends on have folders of their own.
    const [found] = (await readdir(compiled, { recursive: true })).filter((name) => basename(name) === 'scan-engine')
    const mark = join(compiled, found ?? 'scan-engine')
    const sources = await readFile(mark, 'utf8')
    expect(await scanIn(home)).toEqual({ code: 0, found: true })
    // As if it had been compiled of older sources.
    await writeFile(mark, '1')
    expect(await scanIn(home)).toEqual({ code: 0, found: true })
    expect(await readFile(mark, 'utf8')).toBe(sources)
  })
})

test('where nothing can be kept, and where the pools are set already, a scan goes on all the same', async () => {
  await withFolder(async (home) => {
    const file = join(home, 'no-folder')
    await writeFile(file, '')
    expect(await scanIn(home, { XDG_CACHE_HOME: file })).toEqual({ code: 0, found: true })
    expect(await scanIn(home, { MALLOC_ARENA_MAX: '2' })).toEqual({ code: 0, found: true })
  })
})

import { execFile } from 'node:child_process'
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { VERSION } from './program/version.ts'
import { loadFingerprintKey } from './scan/fingerprint-key.ts'
import { saveToken } from './server/credentials.ts'
import { runSpirlctl, withFolder } from './testing.ts'

const run = promisify(execFile)

/** Plainly fake, and nowhere else in the world. */
const CANARY = 'kanarek-Zolty-9931'

const WORKLOAD = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { template: { spec: { containers: [{ name: 'web', image: 'web', env: [{ name: 'DB_PASSWORD', value: CANARY }] }] } } },
}

async function manifests(home: string): Promise<string> {
  const folder = join(home, 'manifests')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'web.json'), JSON.stringify(WORKLOAD))
  return folder
}

describe('exit codes', () => {
  const clean = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }

  test.each([
    ['help', ['--help'], 0, /Usage: spirlctl/, /^$/],
    ['nothing at all', [], 0, /Usage: spirlctl/, /^$/],
    ['the version', ['--version'], 0, /^\d+\.\d+\.\d+\n$/, /^$/],
    ['a noun without a verb', ['scan'], 2, /^$/, /Usage: spirlctl scan/],
    ['an unknown command', ['scn'], 2, /^$/, /Did you mean scan\?/],
    ['an unknown verb', ['scan', 'kubernets'], 2, /^$/, /Did you mean kubernetes\?/],
    ['an unknown flag', ['scan', 'kubernetes', '--manifest', 'x'], 2, /^$/, /Did you mean --manifests\?/],
    ['a format that does not exist', ['scan', 'kubernetes', '-o', 'xml'], 2, /^$/, /Allowed choices are table, json/],
    ['two sources', ['scan', 'kubernetes', '--manifests', 'x', '--context', 'y'], 2, /^$/, /cannot be used with/],
    ['a server without a key', ['scan', 'kubernetes', '--server', 'http://127.0.0.1:1'], 2, /^$/, /needs the key of a scanner/],
    ['too few rows', ['ledger', 'secret', 'list', '--limit', '0'], 2, /^$/, /at least 1/],
    ['a missing folder', ['scan', 'kubernetes', '--manifests', '/does/not/exist'], 1, /^$/, /does not exist/],
    ['nobody signed in', ['ledger', 'secret', 'list'], 1, /^$/, /spirlctl login/],
    ['an unreachable server', ['login', 'http://127.0.0.1:1/login#code'], 1, /^$/, /does not answer/],
    ['plain HTTP off this machine', ['login', 'http://mintmark.example.org/login#code'], 1, /^$/, /without encryption/],
    ['a link without its code', ['login', 'http://127.0.0.1:1/login'], 2, /^$/, /code behind "#" is missing/],
    [
      'a key that is none',
      ['scan', 'kubernetes', '--manifests', '.', '--server', 'http://127.0.0.1:1', '--key', 'package.json'],
      1,
      /^$/,
      /is not a scanner key/,
    ],
  ])('%s', async (_name, args, code, stdout, stderr) => {
    await withFolder(async (home) => {
      const finished = await runSpirlctl(home, args)
      expect(finished.stdout).toMatch(stdout)
      expect(finished.stderr).toMatch(stderr)
      expect(finished.code).toBe(code)
    })
  })

  test.each([
    ['Critical', 1],
    ['Low', 1],
  ])('--fail-on %s with a hard-coded password is %i', async (level, code) => {
    await withFolder(async (home) => {
      const finished = await runSpirlctl(home, ['scan', 'kubernetes', '--manifests', await manifests(home), '--fail-on', level])
      expect(finished.stdout).toContain('DB_PASSWORD')
      expect(finished.code, finished.stderr).toBe(code)
    })
  })

  test('--fail-on is 0 where nothing is found', async () => {
    await withFolder(async (home) => {
      await writeFile(join(home, 'clean.json'), JSON.stringify(clean))
      const finished = await runSpirlctl(home, ['scan', 'kubernetes', '--manifests', home, '--fail-on', 'Low'])
      expect(finished.code, finished.stderr).toBe(0)
      expect(finished.stdout).toContain('No static secret was found, and everything was read.')
    })
  })
})

test('a planted value is in no output, no error and no file, whatever is asked', async () => {
  await withFolder(async (home) => {
    const folder = await manifests(home)
    await writeFile(join(folder, 'broken.yaml'), `kind: Secret\ndata: {password: ${CANARY}\n  x: [`)
    await writeFile(join(folder, 'broken.json'), `{"kind":"Secret","data":{"password":"${CANARY}"`)
    await writeFile(join(home, 'fingerprint'), CANARY)
    await writeFile(join(home, 'scanner.key'), `-----BEGIN PRIVATE KEY-----\n${CANARY}`)
    const scan = ['scan', 'kubernetes', '--manifests', folder]
    const runs = await Promise.all([
      ...['table', 'json', 'ndjson', 'sarif', 'html'].map((format) => runSpirlctl(home, [...scan, '-o', format])),
      runSpirlctl(home, [...scan, '-o', 'html', '--output', join(home, 'report.html')]),
      runSpirlctl(home, [...scan, '--fingerprint-key', join(home, 'fingerprint')]),
      runSpirlctl(home, [...scan, '--server', 'http://127.0.0.1:1', '--key', join(home, 'scanner.key')]),
      runSpirlctl(home, ['login', '--server', 'http://127.0.0.1:1', '--token', '-'], { input: CANARY }),
    ])
    const encoded = Buffer.from(CANARY).toString('base64')
    for (const { stdout, stderr } of runs) {
      for (const text of [stdout, stderr]) {
        expect(text).not.toContain(CANARY)
        expect(text).not.toContain(encoded)
      }
    }
    expect(runs[0]?.stdout).toContain('DB_PASSWORD')
    const report = await readFile(join(home, 'report.html'), 'utf8')
    expect(report).toContain('DB_PASSWORD')
    expect(report).not.toContain(CANARY)
    expect((await stat(join(home, 'report.html'))).mode & 0o777).toBe(0o600)
    expect((await readdir(home)).filter((name) => name.endsWith('.new'))).toEqual([])
  })
}, 180_000)

describe('files of its own', () => {
  test('two first runs at once agree on one fingerprint key, which only its owner can read', async () => {
    await withFolder(async (home) => {
      const folder = await manifests(home)
      const runs = await Promise.all([1, 2, 3].map(() => runSpirlctl(home, ['scan', 'kubernetes', '--manifests', folder, '-o', 'json'])))
      const ids = runs.map(({ stdout }) => /"fingerprintKeyId": "([0-9a-f]{16})"/.exec(stdout)?.[1])
      expect(new Set(ids).size).toBe(1)
      const path = join(home, '.local', 'share', 'mintmark', 'fingerprint.key')
      expect((await stat(path)).mode & 0o777).toBe(0o600)
      expect((await loadFingerprintKey({ HOME: home })).id).toBe(ids[0])
    })
  })

  test('credentials are readable by their owner only, and stay when they are replaced', async () => {
    await withFolder(async (home) => {
      const env = { XDG_CONFIG_HOME: home }
      await saveToken(env, 'http://127.0.0.1:1', { token: 'first' })
      await saveToken(env, 'http://127.0.0.1:2', { token: 'second' })
      const path = join(home, 'mintmark', 'credentials.json')
      expect((await stat(path)).mode & 0o777).toBe(0o600)
      expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ current: 'http://127.0.0.1:2', servers: { 'http://127.0.0.1:1': { token: 'first' } } })
    })
  })
})

describe('completion', () => {
  test.each(['bash', 'zsh'])('the script of %s parses', async (shell) => {
    await withFolder(async (home) => {
      const { stdout, code } = await runSpirlctl(home, ['completion', shell])
      expect(code).toBe(0)
      await writeFile(join(home, 'script'), stdout)
      await run('bash', ['-n', join(home, 'script')])
    })
  })

  test('bash completes nouns, flags and choices', async () => {
    await withFolder(async (home) => {
      const { stdout } = await runSpirlctl(home, ['completion', 'bash'])
      const complete = async (...words: readonly string[]) => {
        const line = `COMP_WORDS=(spirlctl ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _spirlctl; echo "\${COMPREPLY[*]}"`
        return (await run('bash', ['-c', `${stdout}\n${line}`])).stdout.trim()
      }
      expect(await complete('led')).toBe('ledger')
      expect(await complete('ledger', 'secret', '')).toContain('list get trace')
      expect(await complete('scan', 'kubernetes', '--man')).toBe('--manifests')
      expect(await complete('scan', 'kubernetes', '--fail-on', 'C')).toBe('Critical')
    })
  })

  test('the script of fish names every command', async () => {
    await withFolder(async (home) => {
      const { stdout } = await runSpirlctl(home, ['completion', 'fish'])
      expect(stdout).toContain('-l manifests -r -F')
      expect(stdout).toContain("-a 'ledger'")
    })
  })
})

test('every command has help with an example', async () => {
  const { createProgram } = await import('./program/program.ts')
  const output = { write: () => true }
  const context = { stdout: output, stderr: output, stdin: {}, env: {}, signal: new AbortController().signal, now: () => new Date() }
  const visit = (command: ReturnType<typeof createProgram>): void => {
    let help = ''
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp()
    expect(help, command.name()).toMatch(/\$ (?:spirlctl|source) /)
    for (const child of command.commands) visit(child)
  }
  visit(createProgram(context))
})

test('the version is that of the package', async () => {
  const text = await readFile(new URL('./package.json', import.meta.url), 'utf8')
  expect(JSON.parse(text)).toMatchObject({ version: VERSION })
})

test('colour is never used against NO_COLOR, and output to a file holds none', async () => {
  await withFolder(async (home) => {
    const scan = ['scan', 'kubernetes', '--manifests', await manifests(home)]
    const [forced, refused] = await Promise.all([
      runSpirlctl(home, scan, { env: { FORCE_COLOR: '1' } }),
      runSpirlctl(home, scan, { env: { FORCE_COLOR: '1', NO_COLOR: '1' } }),
    ])
    expect(forced.stdout).toContain('\u001b[')
    expect(refused.stdout).not.toContain('\u001b[')
  })
})

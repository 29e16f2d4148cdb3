import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { UserError } from '@mintmark/ledger/model'
import { helpText, settingsPage } from './document.ts'
import { readSettings } from './read.ts'
import { SETTINGS } from './setting.ts'

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'settings.md')
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mintmark-settings-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function settingsFile(text: string): Promise<string> {
  const file = join(folder, `${Math.random()}.env`)
  await writeFile(file, text)
  return file
}

test('docs/settings.md is the table of settings', async () => {
  if (process.env['UPDATE_DOCS'] === '1') await writeFile(PAGE, settingsPage())
  expect(await readFile(PAGE, 'utf8')).toBe(settingsPage())
})

test('help names every setting', () => {
  for (const { variable } of Object.values(SETTINGS)) expect(helpText()).toContain(variable)
})

test('without anything said, the server is on loopback and the data in the XDG folder', () => {
  expect(readSettings([], { HOME: '/home/ada' })).toMatchObject({
    listen: { host: '127.0.0.1', port: 7420 },
    data: '/home/ada/.local/share/mintmark/control-plane',
    firstScan: 'auto',
    adminLink: false,
  })
  expect(readSettings([], { XDG_DATA_HOME: '/data' }).data).toBe('/data/mintmark/control-plane')
  expect(readSettings([], { HOME: '/home/ada', XDG_DATA_HOME: 'relative' }).data).toBe('/home/ada/.local/share/mintmark/control-plane')
})

test('a flag wins over the environment, the environment over the file', async () => {
  const file = await settingsFile('# comment\nMINTMARK_LISTEN=127.0.0.1:1\nMINTMARK_LOG_LEVEL=error\nMINTMARK_DATA="/srv/with space"\n')
  const environment = { MINTMARK_CONFIG: file, MINTMARK_LISTEN: '127.0.0.1:2' }
  expect(readSettings([], environment)).toMatchObject({ listen: { port: 2 }, logLevel: 'error', data: '/srv/with space' })
  expect(readSettings(['--listen', '[::1]:3'], environment).listen).toEqual({ host: '::1', port: 3 })
})

test('credentials for reviews are files by the API server that each is for', () => {
  const text = 'https://10.0.0.1:6443=/run/a.token, https://api.example.org=/run/b=c.token'
  expect([...readSettings([], { MINTMARK_TOKEN_REVIEW_CREDENTIALS: text }).tokenReviewCredentials]).toEqual([
    ['https://10.0.0.1:6443', '/run/a.token'],
    ['https://api.example.org', '/run/b=c.token'],
  ])
})

test('the flags of scans', () => {
  expect(readSettings(['--no-scan'], { MINTMARK_SCAN_CONTEXT: 'prod' })).toMatchObject({ firstScan: 'none', scanContext: undefined })
  expect(readSettings(['--scan-sample', '--admin-link'], {})).toMatchObject({ scanSample: true, adminLink: true })
  expect(readSettings(['--scan-context', 'prod'], {}).scanContext).toBe('prod')
})

test.each<[string, string[], Record<string, string>, string]>([
  ['an unknown flag', ['--listen', 'x'], {}, '--listen'],
  ['a word without a flag', ['x'], {}, 'x'],
  ['an address without a port', ['--listen', 'localhost'], {}, '--listen must be HOST:PORT'],
  ['a port that does not exist', [], { MINTMARK_LISTEN: ':70000' }, 'MINTMARK_LISTEN has a port over 65535'],
  ['an unknown level', [], { MINTMARK_LOG_LEVEL: 'loud' }, 'MINTMARK_LOG_LEVEL must be debug'],
  ['a file that is not there', ['--config', '/no/such/file'], {}, 'ENOENT'],
  ['a credential for plain http', [], { MINTMARK_TOKEN_REVIEW_CREDENTIALS: 'http://api.example=/t' }, 'must be ADDRESS=FILE'],
  ['a credential for no address', [], { MINTMARK_TOKEN_REVIEW_CREDENTIALS: 'https://[=/t' }, 'must be ADDRESS=FILE'],
  ['a public address that is none', [], { MINTMARK_PUBLIC_URL: 'mintmark.example' }, 'MINTMARK_PUBLIC_URL must be an http'],
])('%s is refused with its place', (_, args, environment, words) => {
  expect(() => readSettings(args, environment)).toThrow(UserError)
  expect(() => readSettings(args, environment)).toThrow(words)
})

test('an unknown line of the file is named, and the value of a wrong one is not repeated', async () => {
  const unknown = await settingsFile('MINTMARK_LISTN=127.0.0.1:1\n')
  expect(() => readSettings(['--config', unknown], {})).toThrow('MINTMARK_LISTN')
  const secret = await settingsFile('DATABASE_URL=mysql://app:canary@db/app\n')
  let said = ''
  try {
    readSettings(['--config', secret], {})
  } catch (error) {
    said = String(error)
  }
  expect(said).toContain('DATABASE_URL in')
  expect(said).not.toContain('canary')
})

test('no text in a setting ends in anything but settings or a sentence', () => {
  const variables = fc.constantFrom(...Object.values(SETTINGS).map(({ variable }) => variable))
  fc.assert(
    fc.property(variables, fc.string({ maxLength: 60 }), (variable, text) => {
      try {
        readSettings([], { [variable]: text })
      } catch (error) {
        expect(error).toBeInstanceOf(UserError)
      }
    }),
  )
})

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs, parseEnv } from 'node:util'
import { UserError } from '@mintmark/ledger/model'
import { SETTINGS, SWITCHES, type Setting, type SettingValues } from './setting.ts'

/** Bytes of a settings file. */
const FILE_BYTES_MAX = 64 * 1_024
/** Environment variable that names the settings file. */
const CONFIG_VARIABLE = 'MINTMARK_CONFIG'

/** What the process runs with. */
export interface Settings extends Omit<SettingValues, 'data'> {
  /** Absolute path of the data folder. */
  readonly data: string
  /** A scan that somebody asked for in words: done even when the inventory is not empty. */
  readonly scanSample: boolean
  readonly adminLink: boolean
  readonly help: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads settings from flags, then environment, then the settings file, then defaults: the first that has one wins.
 *
 * @throws UserError that names the setting, where it stands and what is wrong with it
 */
export function readSettings(args: readonly string[], environment: Environment): Settings {
  const flags = readFlags(args)
  const file = readFile(flags.text['config'] ?? environment[CONFIG_VARIABLE])
  const switches = flags.switches
  const values = readValues((setting) => {
    const flag = setting.flag === undefined ? undefined : flags.text[setting.flag]
    if (flag !== undefined) return { text: flag, place: `--${setting.flag}` }
    const variable = environment[setting.variable]
    if (variable !== undefined && variable !== '') return { text: variable, place: setting.variable }
    return { text: file.values[setting.variable], place: `${setting.variable} in ${file.path}` }
  })
  return {
    ...values,
    ...(switches.has('no-scan') ? { firstScan: 'none', scanContext: undefined } : {}),
    data: resolve(values.data ?? defaultDataFolder(environment)),
    scanSample: switches.has('scan-sample'),
    adminLink: switches.has('admin-link'),
    help: switches.has('help'),
  }
}

interface Flags {
  readonly text: Readonly<Record<string, string | undefined>>
  readonly switches: ReadonlySet<string>
}

function readFlags(args: readonly string[]): Flags {
  const named = Object.values<Setting>(SETTINGS).flatMap(({ flag }) => (flag === undefined ? [] : [flag]))
  const options = Object.fromEntries([
    ...[...named, 'config'].map((name) => [name, { type: 'string' as const }]),
    ...Object.keys(SWITCHES).map((name) => [name, { type: 'boolean' as const }]),
  ])
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true, allowPositionals: false })
    const entries = Object.entries(values)
    return {
      text: Object.fromEntries(entries.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))),
      switches: new Set(entries.flatMap(([name, value]) => (value === true ? [name] : []))),
    }
  } catch (error) {
    throw new UserError('settings-flag', error instanceof Error ? error.message : 'The command line is not understood.', 'See all flags: npm start -- --help')
  }
}

function readFile(path: string | undefined): { readonly path: string; readonly values: Environment } {
  if (path === undefined || path === '') return { path: '', values: {} }
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new UserError('settings-file', `The settings file ${path} cannot be read (${code}).`, `Correct --config or ${CONFIG_VARIABLE}.`)
  }
  if (text.length > FILE_BYTES_MAX)
    throw new UserError(
      'settings-file',
      `The settings file ${path} is longer than ${FILE_BYTES_MAX} bytes.`,
      'It holds lines such as MINTMARK_LISTEN=127.0.0.1:7420.',
    )
  const values = parseEnv(text)
  const known = new Set(Object.values<Setting>(SETTINGS).map(({ variable }) => variable))
  const unknown = Object.keys(values).find((name) => !known.has(name))
  if (unknown === undefined) return { path, values }
  throw new UserError('settings-file', `The settings file ${path} sets ${unknown}, which is no setting.`, `Settings are: ${[...known].join(', ')}.`)
}

function readValues(find: (setting: Setting) => { readonly text: string | undefined; readonly place: string }): SettingValues {
  function read<Name extends keyof typeof SETTINGS>(name: Name): SettingValues[Name] {
    const setting = SETTINGS[name]
    const { text, place } = find(setting)
    const result = setting.schema.safeParse(text)
    // The text is not repeated: some settings hold passwords.
    if (!result.success) throw new UserError('settings-value', `${place} ${result.error.issues[0]?.message ?? 'is not valid'}.`, setting.purpose)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema of this very setting has just parsed it
    return result.data as SettingValues[Name]
  }
  return {
    listen: read('listen'),
    publicUrl: read('publicUrl'),
    data: read('data'),
    databaseUrl: read('databaseUrl'),
    postgresBin: read('postgresBin'),
    historyDays: read('historyDays'),
    fingerprintKey: read('fingerprintKey'),
    firstScan: read('firstScan'),
    scanContext: read('scanContext'),
    mint: read('mint'),
    trustDomain: read('trustDomain'),
    agentListen: read('agentListen'),
    agentTls: read('agentTls'),
    agentTlsCert: read('agentTlsCert'),
    agentTlsKey: read('agentTlsKey'),
    agentNames: read('agentNames'),
    agentBinding: read('agentBinding'),
    connectionAge: read('connectionAge'),
    masterKeyFile: read('masterKeyFile'),
    previousMasterKeyFiles: read('previousMasterKeyFiles'),
    keysetLifetime: read('keysetLifetime'),
    upstreamCert: read('upstreamCert'),
    upstreamKey: read('upstreamKey'),
    mintUrl: read('mintUrl'),
    issuer: read('issuer'),
    publicHosts: read('publicHosts'),
    bundleListen: read('bundleListen'),
    outboundAllowed: read('outboundAllowed'),
    outboundRoots: read('outboundRoots'),
    tokenReviewCredentials: read('tokenReviewCredentials'),
    deploymentId: read('deploymentId'),
    eventDays: read('eventDays'),
    ocsf: read('ocsf'),
    logLevel: read('logLevel'),
    logFormat: read('logFormat'),
  }
}

/** Inside the data folder of the XDG Base Directory Specification (section 3), apart from the user's fingerprint key: that never lies beside fingerprints. */
function defaultDataFolder(environment: Environment): string {
  const base = environment['XDG_DATA_HOME']
  return join(base !== undefined && base.startsWith('/') ? base : join(environment['HOME'] ?? homedir(), '.local', 'share'), 'mintmark', 'control-plane')
}

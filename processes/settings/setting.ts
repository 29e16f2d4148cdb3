import { z } from 'zod'
import { MINT_SETTINGS } from './mint-setting.ts'

/** One setting: its names, its check, and what it is for. The table of them is what `--help` prints and `docs/settings.md` shows. */
export interface Setting {
  /** Environment variable, and name of the line in the settings file. */
  readonly variable: string
  /** Flag without its dashes; absent for what must not stand in a process list. */
  readonly flag?: string
  readonly schema: z.ZodType<unknown, string | undefined>
  /** The default in words. */
  readonly fallback: string
  readonly purpose: string
}

/** Address to listen on. */
const Listen = z
  .string()
  .regex(/^(?:\[[0-9a-f:.]+\]|[\w.-]*):\d{1,5}$/i, 'must be HOST:PORT, for example 127.0.0.1:7420')
  .transform((text) => {
    const at = text.lastIndexOf(':')
    return { host: text.slice(0, at).replaceAll(/[[\]]/g, '') || '0.0.0.0', port: Number(text.slice(at + 1)) }
  })
  .refine(({ port }) => port <= 65_535, 'has a port over 65535')

const Url = z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).transform((text) => text.replace(/\/+$/, ''))
const DatabaseUrl = z.url({ protocol: /^postgres(?:ql)?$/, error: 'must be a postgresql:// address' })

/** Days, or undefined for all history. */
const HistoryDays = z
  .string()
  .regex(/^(?:unlimited|[1-9]\d{0,4})$/, 'must be a number of days from 1 to 99999, or unlimited')
  .transform((text) => (text === 'unlimited' ? undefined : Number(text)))

/** Every setting of the control plane. */
export const SETTINGS = {
  listen: {
    variable: 'MINTMARK_LISTEN',
    flag: 'listen',
    schema: Listen.prefault('127.0.0.1:7420'),
    fallback: '127.0.0.1:7420',
    purpose: 'Address and port of the HTTP server. Port 0 lets the system choose one. Off loopback, put TLS in front of it.',
  },
  publicUrl: {
    variable: 'MINTMARK_PUBLIC_URL',
    flag: 'public-url',
    schema: Url.optional(),
    fallback: 'the address it listens on',
    purpose: 'Address under which people and scanners reach the server, when a proxy is in front of it.',
  },
  data: {
    variable: 'MINTMARK_DATA',
    flag: 'data',
    schema: z.string().min(1).max(1_024).optional(),
    fallback: '$XDG_DATA_HOME/mintmark/control-plane, else ~/.local/share/mintmark/control-plane',
    purpose: 'Folder of the embedded database and of the keys of scanners that this process made for itself.',
  },
  databaseUrl: {
    variable: 'DATABASE_URL',
    schema: DatabaseUrl.optional(),
    fallback: 'the embedded PostgreSQL',
    purpose: 'A PostgreSQL 18 server to use instead of the embedded one. It may hold a password, so it has no flag.',
  },
  postgresBin: {
    variable: 'PG_BIN',
    schema: z.string().min(1).max(1_024).optional(),
    fallback: 'the programs installed with Mintmark',
    purpose: 'Folder with the programs of PostgreSQL 18 for the embedded database.',
  },
  historyDays: {
    variable: 'MINTMARK_HISTORY_DAYS',
    flag: 'history-days',
    schema: HistoryDays.prefault('365'),
    fallback: '365',
    purpose:
      'Days for which past scans can be asked for. Older history is removed in small steps; what is current stays, and so does the newest scan of every integration, source and collection. unlimited: nothing is removed.',
  },
  fingerprintKey: {
    variable: 'MINTMARK_FINGERPRINT_KEY',
    schema: z.enum(['managed', 'own'], { error: 'must be managed or own' }).prefault('managed'),
    fallback: 'managed',
    purpose:
      'Whose key scanners recognise equal secrets by. managed: one key of this installation, sealed by the master key and handed to scanners alone. own: scanners bring a key (--fingerprint-key), which this server never sees.',
  },
  firstScan: {
    variable: 'MINTMARK_FIRST_SCAN',
    schema: z.enum(['auto', 'sample', 'none'], { error: 'must be auto, sample or none' }).prefault('auto'),
    fallback: 'auto',
    purpose:
      'What to scan while the inventory is empty. auto: ask on a terminal whether to scan the current kubeconfig context, otherwise the bundled sample cluster. sample: the sample cluster. none: nothing. The flags --scan-sample and --no-scan set it.',
  },
  scanContext: {
    variable: 'MINTMARK_SCAN_CONTEXT',
    flag: 'scan-context',
    schema: z.string().min(1).max(253).optional(),
    fallback: 'none',
    purpose: 'Context of the kubeconfig to scan at start, without a question.',
  },
  ...MINT_SETTINGS,
  logLevel: {
    variable: 'MINTMARK_LOG_LEVEL',
    flag: 'log-level',
    schema: z.enum(['debug', 'info', 'warn', 'error', 'silent'], { error: 'must be debug, info, warn, error or silent' }).optional(),
    fallback: 'warn on a terminal, info elsewhere',
    purpose: 'Least level of log lines. Logs go to standard error; debug has one line for every request.',
  },
  logFormat: {
    variable: 'MINTMARK_LOG_FORMAT',
    flag: 'log-format',
    schema: z.enum(['text', 'json'], { error: 'must be text or json' }).optional(),
    fallback: 'text on a terminal, json elsewhere',
    purpose: 'Form of log lines.',
  },
} as const satisfies Record<string, Setting>

/** Switches of the command line only. */
export const SWITCHES = {
  'scan-sample': 'Scan the bundled sample cluster at start, even when the inventory is not empty.',
  'no-scan': 'Scan nothing at start.',
  'admin-link': 'Print a one-time administrator link even when an administrator is signed in already.',
  help: 'Print this.',
} as const

/** The checked settings: absent means the default that `fallback` describes. */
export type SettingValues = { readonly [Name in keyof typeof SETTINGS]: z.output<(typeof SETTINGS)[Name]['schema']> }

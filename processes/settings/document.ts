import { SETTINGS, SWITCHES, type Setting } from './setting.ts'

const WIDTH = 110

/** What `--help` prints. */
export function helpText(): string {
  const settings = Object.values<Setting>(SETTINGS).flatMap((setting) => {
    const names = setting.flag === undefined ? setting.variable : `--${setting.flag} VALUE, ${setting.variable}`
    return [`  ${names}`, ...wrap(`${setting.purpose} Default: ${setting.fallback}.`)]
  })
  const switches = Object.entries(SWITCHES).flatMap(([name, purpose]) => [`  --${name}`, ...wrap(purpose)])
  return [
    'The control plane of Mintmark: HTTP API and database in one process.',
    '',
    'Usage: npm start -- [flags]',
    'Example: npm start -- --listen 127.0.0.1:8000 --scan-sample',
    '',
    'Settings (flags win over the environment, the environment over the settings file):',
    ...settings,
    '  --config FILE, MINTMARK_CONFIG',
    ...wrap('Settings file: lines such as MINTMARK_LISTEN=127.0.0.1:7420. Default: none.'),
    '',
    'Flags without a value:',
    ...switches,
    '',
  ].join('\n')
}

/** The page `docs/settings.md`. */
export function settingsPage(): string {
  const rows = Object.values<Setting>(SETTINGS).map(({ variable, flag, fallback, purpose }) => {
    const flagText = flag === undefined ? '-' : `\`--${flag}\``
    return `| \`${variable}\` | ${flagText} | ${fallback} | ${purpose} |`
  })
  const switches = Object.entries(SWITCHES).map(([name, purpose]) => `| \`--${name}\` | ${purpose} |`)
  return [
    '# Settings of the control plane',
    '',
    'This page is generated from `processes/settings/setting.ts`. Pass flags behind two dashes: `npm start -- --listen 127.0.0.1:8000`.',
    'Flags win over the environment, the environment wins over the settings file, and that over the defaults.',
    'The settings file is named by `--config` or `MINTMARK_CONFIG` and has one setting a line, under the name of its variable: `MINTMARK_LISTEN=127.0.0.1:8000`.',
    '',
    '| Variable | Flag | Default | Purpose |',
    '|---|---|---|---|',
    ...rows,
    '',
    '| Flag without a value | Purpose |',
    '|---|---|',
    ...switches,
    '',
  ].join('\n')
}

function wrap(text: string): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line.length + word.length + 1 > WIDTH - 6 && line !== '') lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.map((line) => `      ${line}`)
}

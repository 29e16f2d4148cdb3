/** What a text is read as; `line` is one line that may be a command or a value. */
export type Format = 'json' | 'yaml' | 'xml' | 'lines' | 'script' | 'line'

/** Formats by the ending of a file's name. Configuration whose ending says nothing (.conf, .cfg, .config) is told by its shape. */
const BY_ENDING: Readonly<Record<string, Format>> = {
  yaml: 'yaml', yml: 'yaml', xml: 'xml', config: 'xml', csproj: 'xml', xhtml: 'xml', properties: 'lines', env: 'lines', ini: 'lines', toml: 'lines', cnf: 'lines',
  sh: 'script', bash: 'script', sql: 'lines', py: 'lines', rb: 'lines', php: 'lines', js: 'lines', ts: 'lines', cjs: 'lines', mjs: 'lines', lua: 'lines', groovy: 'lines',
  tf: 'lines', tfvars: 'lines', hcl: 'lines', service: 'lines', netrc: 'lines',
  java: 'lines', kt: 'lines', go: 'lines', rs: 'lines', cs: 'lines', c: 'lines', h: 'lines', cpp: 'lines', swift: 'lines', scala: 'lines', dart: 'lines', jsx: 'lines',
  tsx: 'lines', pl: 'lines', md: 'lines', markdown: 'lines', rst: 'lines', adoc: 'lines',
} // prettier-ignore

/** Lines at the beginning by which a format is told. */
const LINES_SNIFFED_MAX = 60
const YAML_ITEM = /^\s*- +\S/
const ASSIGNED = /^\s*(?:export\s+)?[\w.$/@[\]'"-]{1,120}\s*=/
/** Of INI and TOML; `[[outputs.influxdb]]` is a table of a list. */
const SECTION = /^\s*\[{1,2}[^[\]]{1,120}\]{1,2}\s*$/

/** Tells what a text is: by the ending of its name where its shape does not speak against it, else by shape. */
export function formatOf(name: string, text: string): Format {
  const start = firstVisible(text)
  const first = text[start] ?? ''
  const isOneLine = !text.includes('\n', start)
  if (first === '{' && text[start + 1] !== '{' && text[start + 1] !== '%') return isJsonLike(text, start) ? 'json' : isOneLine ? 'line' : 'lines'
  if (first === '<' && !text.startsWith('<?php', start) && /^<[?!/A-Za-z]/.test(text.slice(start, start + 2)))
    return text.includes('</', start) || text.includes('/>', start) ? 'xml' : isOneLine ? 'line' : 'lines'
  if (first === '[' && /^\[\s*(?:["'{[\d\]-]|true|false|null|$)/.test(text.slice(start, start + 40))) {
    if (!SECTION.test(text.slice(start, start + 200).split('\n')[0] ?? '') || !/\n\s*[\w."-]+\s*=/.test(text.slice(start, start + 2_000))) return 'json'
  }
  const ending = BY_ENDING[endingOf(name)]
  if (ending !== undefined && ending !== 'xml') return ending
  if (text.startsWith('#!', start)) return 'script'
  if (isOneLine) return name.startsWith('.') && text.includes('=') ? 'lines' : 'line'
  return formatOfLines(text, start)
}

function formatOfLines(text: string, start: number): Format {
  let yaml = 0
  let assigned = 0
  let seen = 0
  let at = start
  while (at < text.length && seen < LINES_SNIFFED_MAX) {
    const end = text.indexOf('\n', at)
    const line = text.slice(at, end === -1 ? Math.min(text.length, at + 400) : Math.min(end, at + 400))
    at = end === -1 ? text.length : end + 1
    const first = line.trimStart()[0]
    if (first === undefined || first === '#' || first === ';' || first === '/') continue
    if (line.startsWith('-----BEGIN')) return 'lines'
    seen += 1
    if (line.startsWith('---')) yaml += 3
    // Members of an object of a program look like keys of YAML but for the commas behind them.
    else if (isYamlKey(line) && !line.trimEnd().endsWith(',')) yaml += 2
    else if (YAML_ITEM.test(line)) yaml += 1
    else if (ASSIGNED.test(line) || SECTION.test(line) || isYamlKey(line)) assigned += 2
    else if (/[{};]\s*$/.test(line)) assigned += 1
  }
  return yaml > assigned ? 'yaml' : 'lines'
}

/** Characters of a key in front of which nothing stands, and of what may follow behind a blank in it. */
const KEY_CHARS_MAX = 120
const KEY_REST_CHARS_MAX = 40
const KEY_CHARS = new Uint8Array(128)
for (const char of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$/@-') KEY_CHARS[char.charCodeAt(0)] = 1

/** True for a line that begins with a key and a colon, perhaps as the item of a list. By hand, because every line of every hot file is asked. */
function isYamlKey(line: string): boolean {
  let at = 0
  while (line.charCodeAt(at) <= 32) at += 1
  if (line.charCodeAt(at) === 45 && line.charCodeAt(at + 1) === 32) {
    at += 2
    while (line.charCodeAt(at) === 32) at += 1
  }
  const first = line.charCodeAt(at)
  let end = at
  if (first === 34 || first === 39) {
    end = line.indexOf(line.charAt(at), at + 1) + 1
    if (end === 0 || end - at < 3 || end - at > KEY_CHARS_MAX + 2) return false
  } else {
    let blank = -1
    for (; end < line.length; end += 1) {
      const code = line.charCodeAt(end)
      if (code === 32 && end > at) blank = blank === -1 ? end : blank
      else if (KEY_CHARS[code] !== 1) break
    }
    const head = Math.min(blank === -1 ? end - at : blank - at, KEY_CHARS_MAX)
    if (end === at || end - at - head > KEY_REST_CHARS_MAX) return false
  }
  const next = line.charCodeAt(end + 1)
  return line.charCodeAt(end) === 58 && (Number.isNaN(next) || next <= 32)
}

/** A brace opens JSON or its relatives when a key or an end follows. */
function isJsonLike(text: string, start: number): boolean {
  return /^\{\s*(?:["'}\\#/]|[\w$-]+\s*[:=])/.test(text.slice(start, start + 400))
}

function firstVisible(text: string): number {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0
  while (at < text.length && text.charCodeAt(at) <= 32) at += 1
  return at
}

/** True for names of files whose content is read as such even when it has one line only. */
export function isFileName(name: string): boolean {
  return name.startsWith('.') || endingOf(name) !== ''
}

function endingOf(name: string): string {
  const dot = name.lastIndexOf('.')
  const ending = dot === -1 ? '' : name.slice(dot + 1).toLowerCase()
  return Object.hasOwn(BY_ENDING, ending) ? ending : ''
}

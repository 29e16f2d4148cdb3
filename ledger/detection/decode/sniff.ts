/** What a text is read as; `line` is one line that may be a command or a value. */
export type Format = 'json' | 'yaml' | 'xml' | 'lines' | 'script' | 'line'

/** Formats by the ending of a file's name. Configuration whose ending says nothing (.conf, .cfg, .config) is told by its shape. */
const BY_ENDING: Readonly<Record<string, Format>> = {
  yaml: 'yaml', yml: 'yaml', xml: 'xml', config: 'xml', csproj: 'xml', xhtml: 'xml', properties: 'lines', env: 'lines', ini: 'lines', toml: 'lines', cnf: 'lines',
  sh: 'script', bash: 'script', sql: 'lines', py: 'lines', rb: 'lines', php: 'lines', js: 'lines', ts: 'lines', cjs: 'lines', mjs: 'lines', lua: 'lines', groovy: 'lines',
  tf: 'lines', tfvars: 'lines', hcl: 'lines', service: 'lines', netrc: 'lines',
} // prettier-ignore

/** Lines at the beginning by which a format is told. */
const LINES_SNIFFED_MAX = 60
const YAML_KEY = /^\s*(?:- +)?(?:"[^"]{1,120}"|'[^']{1,120}'|[\w.$/@-]{1,120}[\w.$/@ -]{0,40}):(?:\s|$)/
const YAML_ITEM = /^\s*- +\S/
const ASSIGNED = /^\s*(?:export\s+)?[\w.$/@[\]'"-]{1,120}\s*=/
const SECTION = /^\s*\[[^\]]{1,120}\]\s*$/

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
    else if (YAML_KEY.test(line)) yaml += 2
    else if (YAML_ITEM.test(line)) yaml += 1
    else if (ASSIGNED.test(line) || SECTION.test(line)) assigned += 2
    else if (/[{};]\s*$/.test(line)) assigned += 1
  }
  return yaml > assigned ? 'yaml' : 'lines'
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

import type { Setting } from '../credential.ts'
import { type MarkedText, TextBuilder } from '../marked-text.ts'
import { type NameStyle, flatName, styleSegment } from '../naming.ts'
import type { Random } from '../random.ts'

export type RenderFile = (settings: readonly Setting[], random: Random) => MarkedText

const COMMENTS = [
  'managed by platform',
  'do not edit by hand',
  'see the runbook before changing',
  'defaults below',
  'password rotation: quarterly',
  'TODO: move to vault',
  'connection',
  'tuning',
  'generated from template',
  'secret: ask the owner',
]

/** A comment line now and then, and blank lines as people leave them. */
function decorate(builder: TextBuilder, random: Random, mark: string): void {
  if (random.chance(0.12)) builder.append(`${mark} ${random.pick(COMMENTS)}\n`)
  if (random.chance(0.08)) builder.append('\n')
}

const backslashed = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
const isSafe = (text: string): boolean => /^[\w.:/@%+,~=-]+$/.test(text) && text !== ''

/** `.env`: names in capitals, quotes where needed and sometimes where not. */
export const renderEnv: RenderFile = (settings, random) => {
  const builder = new TextBuilder()
  const exported = random.chance(0.2)
  const quote = random.weighted([
    [4, ''],
    [3, '"'],
    [2, "'"],
  ])
  for (const setting of settings) {
    decorate(builder, random, '#')
    const name = flatName(setting.path, 'screaming')
    builder.append(`${exported ? 'export ' : ''}${name}=`)
    const needsQuote = !isSafe(setting.text)
    const used = setting.text.includes("'") || setting.text.includes('\n') ? '"' : needsQuote && quote === '' ? '"' : quote
    const escape = used === '"' ? backslashed : undefined
    builder.append(used).appendSetting(setting, name, escape).append(used)
    if (random.chance(0.04)) builder.append(' # keep in sync')
    builder.append('\n')
  }
  return builder.finish('env')
}

/** Java properties: dotted names, backslash escapes, three separators. */
export const renderProperties: RenderFile = (settings, random) => {
  const builder = new TextBuilder()
  const separator = random.weighted([
    [6, '='],
    [3, ' = '],
    [1, ': '],
  ])
  const style: NameStyle = random.weighted([
    [6, 'kebab'],
    [3, 'camel'],
    [2, 'snake'],
  ])
  for (const setting of settings) {
    decorate(builder, random, random.chance(0.9) ? '#' : '!')
    const name = setting.path.map((segment) => styleSegment(segment, style)).join('.')
    const escape = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
    builder.append(`${name}${separator}`).appendSetting(setting, name, escape).append('\n')
  }
  return builder.finish('properties')
}

/** Groups by everything but the last segment, as INI sections and TOML tables do. */
function bySection(settings: readonly Setting[]): Map<string, Setting[]> {
  const sections = new Map<string, Setting[]>()
  for (const setting of settings) {
    const section = setting.path.slice(0, -1).join('.')
    sections.set(section, [...(sections.get(section) ?? []), setting])
  }
  return new Map([...sections].toSorted(([left], [right]) => Number(left !== '') - Number(right !== '')))
}

/** INI with sections, as Grafana, Airflow, MySQL and many others read it. */
export const renderIni: RenderFile = (settings, random) => {
  const builder = new TextBuilder()
  const separator = random.pick([' = ', '=', ' = '])
  for (const [section, members] of bySection(settings)) {
    if (section !== '') builder.append(`\n[${section}]\n`)
    for (const setting of members) {
      decorate(builder, random, random.pick([';', '#']))
      const name = styleSegment(setting.path.at(-1) ?? '', 'snake')
      const text = (value: string): string => value.replaceAll('\n', '\n    ')
      builder
        .append(`${name}${separator}`)
        .appendSetting(setting, section === '' ? name : `${section}.${name}`, text)
        .append('\n')
    }
  }
  return builder.finish('ini')
}

/** TOML tables with quoted strings. */
export const renderToml: RenderFile = (settings, random) => {
  const builder = new TextBuilder()
  const style: NameStyle = random.pick(['snake', 'kebab'])
  for (const [section, members] of bySection(settings)) {
    const table = section
      .split('.')
      .map((segment) => styleSegment(segment, style))
      .join('.')
    if (section !== '') builder.append(`\n[${table}]\n`)
    for (const setting of members) {
      decorate(builder, random, '#')
      const name = styleSegment(setting.path.at(-1) ?? '', style)
      const field = section === '' ? name : `${table}.${name}`
      builder.append(`${name} = `)
      if (setting.bare === true) builder.append(setting.text)
      else builder.append('"').appendSetting(setting, field, backslashed).append('"')
      builder.append('\n')
    }
  }
  return builder.finish('toml')
}

/** `key value` with spaces, as redis.conf, Fluent Bit, HAProxy and sshd read it. */
export const renderSpaced: RenderFile = (settings, random) => {
  const builder = new TextBuilder()
  const style: NameStyle = random.pick(['kebab', 'pascal', 'snake', 'flat'])
  const indent = random.pick(['', '', '    '])
  for (const setting of settings.filter(({ text }) => !text.includes('\n') && !text.includes(' '))) {
    decorate(builder, random, '#')
    const name = flatName(setting.path, style)
    builder.append(`${indent}${name} `).appendSetting(setting, name).append('\n')
  }
  return builder.finish('spaced')
}

const shellSafe = (text: string): string => text.replaceAll("'", String.raw`'\''`)

/** An entrypoint script: exports among commands. */
export const renderShell: RenderFile = (settings, random) => {
  const builder = new TextBuilder().append('#!/bin/sh\nset -eu\n')
  for (const setting of settings) {
    decorate(builder, random, '#')
    const name = flatName(setting.path, 'screaming')
    builder
      .append(`${random.pick(['export ', '', 'readonly '])}${name}='`)
      .appendSetting(setting, name, shellSafe)
      .append("'\n")
    if (random.chance(0.2))
      builder.append(
        random.pick([
          'if [ -f /tmp/ready ]; then\n  echo "token accepted"\nfi\n',
          'until nc -z "$DB_HOST" 5432; do sleep 1; done\n',
          'mkdir -p "$HOME/.ssh"\n',
          'echo "using password from environment"\n',
        ]),
      )
  }
  return builder.append('exec "$@"\n').finish('shell')
}

const singleQuoted = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll("'", String.raw`\'`)
    .replaceAll('\n', '\\n')

/** Python settings, PHP constants, or Ruby assignments: code that is configuration. */
export const renderCode: RenderFile = (settings, random) => {
  const [before, between, after, head, comment] = random.pick([
    ['', " = '", "'", '# settings\nimport os\n\n', '#'],
    ["define('", "', '", "');", '<?php\n', '//'],
    ['config["', `"] = '`, "'", '# config\n', '#'],
    ['  ', ": '", "',", 'module.exports = {\n', '//'],
    ['$', " = '", "';", '<?php\n', '//'],
  ])
  const builder = new TextBuilder().append(head)
  const style: NameStyle = before === '' || before.startsWith('define') ? 'screaming' : 'snake'
  for (const setting of settings) {
    decorate(builder, random, comment)
    const name = flatName(setting.path, style)
    builder.append(`${before}${name}${between}`).appendSetting(setting, name, singleQuoted).append(`${after}\n`)
  }
  return builder.append(head.startsWith('module') ? '}\n' : '').finish('code')
}

/** An nginx server block with settings as variables and headers. */
export const renderNginx: RenderFile = (settings, random) => {
  const builder = new TextBuilder().append('server {\n    listen 8080;\n    server_name _;\n')
  const quoted = (text: string): string => backslashed(text)
  for (const setting of settings.filter(({ text }) => !text.includes('\n') && !text.includes('$'))) {
    const last = setting.path.at(-1) ?? ''
    if (last.includes('authorization')) {
      builder
        .append('    location /api/ {\n        proxy_pass http://backend;\n        proxy_set_header Authorization "')
        .appendSetting(setting, 'proxy_set_header.Authorization', quoted)
        .append('";\n    }\n')
      continue
    }
    const name = flatName(setting.path, 'snake')
    builder
      .append(`    ${random.pick(['set $', 'set $', 'add_header X-'])}${name} "`)
      .appendSetting(setting, name, quoted)
      .append('";\n')
  }
  return builder
    .append(
      '    location / {\n        try_files $uri /index.html;\n        auth_basic "restricted";\n        auth_basic_user_file /etc/nginx/.htpasswd;\n    }\n}\n',
    )
    .finish('nginx')
}

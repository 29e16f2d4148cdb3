import type { Setting } from '../credential.ts'
import { type MarkedText, TextBuilder } from '../marked-text.ts'
import { type NameStyle, styleSegment } from '../naming.ts'
import type { Random } from '../random.ts'
import type { RenderFile } from './lines.ts'

/** Nested settings: a node is a setting or a map of nodes in order of first use. */
export interface Tree {
  readonly children: Map<string, Tree | Setting>
}

const isTree = (node: Tree | Setting): node is Tree => 'children' in node

/** Nests settings by their segments. A path that runs into a leaf is left out; callers avoid such names. */
export function nest(settings: readonly Setting[], style: NameStyle): Tree {
  const root: Tree = { children: new Map() }
  for (const setting of settings) {
    let level: Tree | undefined = root
    for (const segment of setting.path.slice(0, -1)) {
      const name = styleSegment(segment, style)
      const next: Tree | Setting = level.children.get(name) ?? { children: new Map() }
      level.children.set(name, next)
      if (!isTree(next)) throw new Error(`Two settings collide at ${setting.path.join('.')}: give one of them another path`)
      level = next
    }
    level.children.set(styleSegment(setting.path.at(-1) ?? '', style), setting)
  }
  return root
}

export const jsonEscaped = (text: string): string => JSON.stringify(text).slice(1, -1)

function writeJson(builder: TextBuilder, tree: Tree, indent: string, depth: number, above: readonly string[]): void {
  const newline = indent === '' ? '' : `\n${indent.repeat(depth + 1)}`
  builder.append('{')
  let isFirst = true
  for (const [name, node] of tree.children) {
    builder.append(`${isFirst ? '' : ','}${newline}${JSON.stringify(name)}:${indent === '' ? '' : ' '}`)
    isFirst = false
    if (isTree(node)) writeJson(builder, node, indent, depth + 1, [...above, name])
    else if (node.bare === true) builder.append(node.text)
    else
      builder
        .append('"')
        .appendSetting(node, [...above, name].join('.'), jsonEscaped)
        .append('"')
  }
  builder.append(`${indent === '' ? '' : `\n${indent.repeat(depth)}`}}`)
}

/** JSON, indented by two, four or a tab, or on one line. */
export const renderJson: RenderFile = (settings, random) => {
  const builder = new TextBuilder()
  const style: NameStyle = random.weighted([
    [5, 'camel'],
    [3, 'snake'],
    [1, 'kebab'],
    [2, 'pascal'],
  ])
  writeJson(builder, nest(settings, style), random.pick(['  ', '  ', '    ', '\t', '']), 0, [])
  return builder.append(random.pick(['', '\n'])).finish('json')
}

const isPlainYaml = (text: string): boolean => /^[A-Za-z/][\w./@+=~-]*$/.test(text) && !/^(true|false|yes|no|on|off|null|y|n|~)$/i.test(text)
const yamlDouble = (text: string): string => jsonEscaped(text)
const yamlSingle = (text: string): string => text.replaceAll("'", "''")

/** Appends one scalar in a form that reads back as the same text. */
export function appendYamlScalar(builder: TextBuilder, setting: Setting, field: string | undefined, indent: string, random: Random): void {
  if (setting.bare === true) {
    builder.append(setting.text)
    return
  }
  if (setting.text.includes('\n') && /^\S/.test(setting.text) && !/[ \t]\n/.test(setting.text) && !setting.text.includes('\r')) {
    const trailing = setting.text.endsWith('\n')
    const inner = `${indent}  `
    const body = (text: string): string => text.replaceAll(/\n(?=[^\n])/g, `\n${inner}`)
    const cut = trailing ? setting.text.slice(0, -1) : setting.text
    if (!cut.endsWith('\n')) {
      const plants = setting.plants.map((plant) => ({ ...plant, end: Math.min(plant.end, cut.length) }))
      builder.append(`|${trailing ? '' : '-'}\n${inner}`).appendSetting({ text: cut, plants }, field, body)
      return
    }
  }
  const form = random.weighted([
    [5, 'plain'],
    [3, 'double'],
    [2, 'single'],
  ])
  if (form === 'plain' && isPlainYaml(setting.text)) builder.appendSetting(setting, field)
  else if (form === 'single' && !/[\n\t\u0000-\u001f]/.test(setting.text)) builder.append("'").appendSetting(setting, field, yamlSingle).append("'")
  else builder.append('"').appendSetting(setting, field, yamlDouble).append('"')
}

function writeYaml(builder: TextBuilder, tree: Tree, step: string, depth: number, above: readonly string[], random: Random): void {
  const indent = step.repeat(depth)
  for (const [name, node] of tree.children) {
    if (random.chance(0.06))
      builder.append(`${indent}# ${random.pick(['see values.schema.json', 'password policy applies', 'token: rotated monthly', 'overridden per stage'])}\n`)
    builder.append(`${indent}${name}:`)
    if (isTree(node)) {
      builder.append('\n')
      writeYaml(builder, node, step, depth + 1, [...above, name], random)
    } else {
      builder.append(' ')
      appendYamlScalar(builder, node, [...above, name].join('.'), indent, random)
      builder.append(random.chance(0.03) && !node.text.includes('\n') ? ' # reviewed\n' : '\n')
    }
  }
}

/** YAML, block style, every scalar form. */
export const renderYaml: RenderFile = (settings, random) => {
  const builder = new TextBuilder()
  if (random.chance(0.3)) builder.append('---\n')
  const style: NameStyle = random.weighted([
    [4, 'camel'],
    [3, 'kebab'],
    [3, 'snake'],
  ])
  writeYaml(builder, nest(settings, style), random.pick(['  ', '  ', '    ']), 0, [], random)
  return builder.finish('yaml')
}

/** A YAML list of name and value, as charts and compose files keep environments. */
export const renderYamlList: RenderFile = (settings, random): MarkedText => {
  const builder = new TextBuilder().append(random.pick(['env:\n', 'extraEnv:\n', 'environment:\n', 'variables:\n']))
  for (const setting of settings) {
    const name = setting.path.join('_').replaceAll('-', '_').toUpperCase()
    builder.append(`  - name: ${name}\n    value: `)
    appendYamlScalar(builder, { ...setting, bare: false }, name, '    ', random)
    builder.append('\n')
  }
  return builder.finish('yaml-list')
}

const xmlEscaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

function writeXml(builder: TextBuilder, tree: Tree, depth: number, above: readonly string[]): void {
  const indent = '  '.repeat(depth)
  for (const [name, node] of tree.children) {
    builder.append(`${indent}<${name}>`)
    if (isTree(node)) {
      builder.append('\n')
      writeXml(builder, node, depth + 1, [...above, name])
      builder.append(indent)
    } else builder.appendSetting(node, [...above, name].join('.'), xmlEscaped)
    builder.append(`</${name}>\n`)
  }
}

/** XML as elements, as Hadoop properties, as .NET settings or as Spring beans. */
export const renderXml: RenderFile = (settings, random) => {
  const builder = new TextBuilder().append('<?xml version="1.0" encoding="UTF-8"?>\n')
  const form = random.pick(['elements', 'hadoop', 'dotnet', 'bean'])
  builder.append('<configuration>\n')
  if (form === 'elements') writeXml(builder, nest(settings, 'camel'), 1, ['configuration'])
  for (const setting of form === 'elements' ? [] : settings) {
    const name = setting.path.map((segment) => styleSegment(segment, 'camel')).join('.')
    const [before, after] =
      form === 'hadoop'
        ? [`  <property>\n    <name>${name}</name>\n    <value>`, '</value>\n  </property>\n']
        : form === 'dotnet'
          ? [`  <add key="${name}" value="`, '" />\n']
          : [`  <property name="${name}" value="`, '"/>\n']
    builder.append(before).appendSetting(setting, name, xmlEscaped).append(after)
  }
  return builder.append('</configuration>\n').finish('xml')
}

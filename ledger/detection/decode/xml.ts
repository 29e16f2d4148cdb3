import { scalar, type Pair, type Reading, type Scalar, type Tree } from './tree.ts'
import { DECODE_LIMITS } from './limits.ts'

interface Open {
  readonly name: string
  readonly pairs: Pair[]
  text: Scalar | undefined
}

const NAME = /[A-Za-z_:][\w:.-]*/y
const ATTRIBUTE = /\s*([A-Za-z_:][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/y

/**
 * Reads XML tolerantly and without entities of its own: elements and attributes become maps and scalars with their places. An element with a `name`, `key` or
 * `id` attribute and a `value` attribute is named by them (Spring, Hadoop, .NET); one that holds only text is a scalar (Maven, Jenkins). One pass.
 */
export function readXml(text: string): Reading {
  const root: Open = { name: '', pairs: [], text: undefined }
  const stack: Open[] = [root]
  const strays: Scalar[] = []
  const problems: string[] = []
  let at = 0
  while (at < text.length) {
    const open = text.indexOf('<', at)
    const until = open === -1 ? text.length : open
    addText(stack.at(-1) ?? root, text, at, until)
    if (open === -1) break
    at = readMark(text, open, stack, strays, problems)
  }
  while (stack.length > 1) closeElement(stack)
  return { documents: [{ is: 'map', pairs: root.pairs }], strays, problems }
}

function readMark(text: string, open: number, stack: Open[], strays: Scalar[], problems: string[]): number {
  if (text.startsWith('<!--', open)) {
    const end = text.indexOf('-->', open + 4)
    strays.push(scalar(text.slice(open + 4, end === -1 ? text.length : end), open + 4))
    return end === -1 ? text.length : end + 3
  }
  if (text.startsWith('<![CDATA[', open)) {
    const end = text.indexOf(']]>', open + 9)
    const top = stack.at(-1)
    if (top !== undefined) addText(top, text, open + 9, end === -1 ? text.length : end)
    return end === -1 ? text.length : end + 3
  }
  if (text[open + 1] === '?' || text[open + 1] === '!') return after(text, '>', open)
  if (text[open + 1] === '/') {
    if (stack.length > 1) closeElement(stack)
    return after(text, '>', open)
  }
  NAME.lastIndex = open + 1
  const name = NAME.exec(text)?.[0]
  if (name === undefined) return open + 1
  return readElement(text, open + 1 + name.length, name, stack, problems)
}

function readElement(text: string, from: number, name: string, stack: Open[], problems: string[]): number {
  const element: Open = { name, pairs: [], text: undefined }
  let at = from
  ATTRIBUTE.lastIndex = at
  for (let match = ATTRIBUTE.exec(text); match !== null; match = ATTRIBUTE.exec(text)) {
    const raw = match[2] ?? match[3] ?? ''
    at = ATTRIBUTE.lastIndex
    element.pairs.push({ key: match[1] ?? '', value: plain(raw, at - 1 - raw.length) })
  }
  const end = text.indexOf('>', at)
  const isClosed = end !== -1 && text[end - 1] === '/'
  if (stack.length >= DECODE_LIMITS.nestingMax) {
    const problem = `Elements below level ${DECODE_LIMITS.nestingMax} were read without their parents.`
    if (!problems.includes(problem)) problems.push(problem)
    closeElement(stack)
  }
  stack.push(element)
  if (isClosed) closeElement(stack)
  return end === -1 ? text.length : end + 1
}

/** Closes the innermost element: an element that holds only text is a scalar, one with `name` or `key` is called by it. */
function closeElement(stack: Open[]): void {
  const element = stack.pop()
  const parent = stack.at(-1)
  if (element === undefined || parent === undefined) return
  const attributes = element.pairs
  if (element.text !== undefined && attributes.length === 0) {
    parent.pairs.push({ key: element.name, value: element.text })
    return
  }
  const called = attributes.find((pair) => /^(?:name|key|id)$/i.test(pair.key) && pair.value.is === 'scalar')?.value
  if (element.text !== undefined && called?.is === 'scalar') {
    parent.pairs.push({ key: called.text, value: element.text })
    return
  }
  const value: Tree = { is: 'map', pairs: element.text === undefined ? attributes : [...attributes, { key: 'value', value: element.text }] }
  parent.pairs.push({ key: element.name, value })
}

function addText(element: Open, text: string, from: number, end: number): void {
  let start = from
  while (start < end && /\s/.test(text[start] ?? '')) start += 1
  if (start === end) return
  const content = text.slice(start, end).trimEnd()
  if (element.text === undefined) element.text = plain(content, start)
}

function plain(raw: string, at: number): Scalar {
  return raw.includes('&') ? scalar(resolveEntities(raw), at, 'escaped', true) : scalar(raw, at, 'verbatim', true)
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function resolveEntities(raw: string): string {
  return raw.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([a-z]{2,4}));/g, (whole: string, decimal?: string, hex?: string, name?: string) => {
    const code = decimal === undefined ? (hex === undefined ? undefined : Number.parseInt(hex, 16)) : Number(decimal)
    if (code !== undefined) return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    return (name === undefined ? undefined : ENTITIES[name]) ?? whole
  })
}

function after(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from)
  return end === -1 ? text.length : end + mark.length
}

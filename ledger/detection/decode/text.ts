import { decodeArguments } from './arguments.ts'
import { readAssignment } from './assignment.ts'
import { guessBase64 } from './base64.ts'
import type { Decoding } from './decoding.ts'
import { HotSpots } from './gate.ts'
import { readInlinePairs } from './inline-pairs.ts'
import { readJson } from './json.ts'
import { DECODE_LIMITS } from './limits.ts'
import { readLines } from './lines.ts'
import { decodedPassage, Locator, partOf, type Passage } from './passage.ts'
import { readScript } from './script.ts'
import { formatOf, isFileName } from './sniff.ts'
import { readSpecialFile } from './special-files.ts'
import type { Reading } from './tree.ts'
import { TreeWalk } from './walk.ts'
import { readXml } from './xml.ts'
import { readYaml } from './yaml.ts'
import { isHotName } from '../names/hot.ts'
import { mayNameSecret } from '../names/stems.ts'

const COMMAND = /(?:^|\s)--?[A-Za-z][\w.-]*(?:[ =]\S|$)/
const COMMAND_NAME = /(?:^|[_.-])(?:opts?|options|args|arguments|flags|command|cmd|params|parameters)$/i
/** Characters of a one-line value that is looked at for a command; longer ones are data. */
const ONE_LINE_CHARS_MAX = 8_192

/** Takes a text apart by its form: the file that it is, the command, the encoded text, or one plain value. */
export function decodeText(passage: Passage, decoding: Decoding): void {
  const { text } = passage
  if (text === '' || decoding.isFull) return
  if (passage.depth > DECODE_LIMITS.depthMax) {
    decoding.problem(passage, `Nested files were cut after level ${DECODE_LIMITS.depthMax}; the rest was searched as text.`)
    decoding.text(passage)
    return
  }
  if (isPlainValue(text) && !(isFileName(passage.name) && /[=:]/.test(text))) {
    decodeValue(passage, decoding)
    return
  }
  if (text.length > DECODE_LIMITS.structuredCharsMax) {
    decoding.problem(passage, `The file was cut: more than ${DECODE_LIMITS.structuredCharsMax / 1024 / 1024} MiB are searched as text only.`)
    decoding.text(passage)
    return
  }
  // One block is searched whole, as it would be at the end of a reading line by line.
  if (isOneBlock(text)) decoding.text({ ...passage, text: text.endsWith('\n') ? text.slice(0, -1) : text, name: '', aliases: [] })
  else if (!readSpecialFile(passage, decoding)) decodeFile(passage, decoding)
}

const BLOCK_BEGIN = '-----BEGIN '
const BLOCK_END = '-----END '

/** A text that is one PEM block and nothing else. */
function isOneBlock(text: string): boolean {
  if (!text.startsWith(BLOCK_BEGIN) || text.includes(BLOCK_BEGIN, 1)) return false
  const last = text.lastIndexOf('\n', text.length - 2)
  return text.startsWith(BLOCK_END, last + 1)
}

/** No parser is needed for a text on one line without braces, tags, or blanks. */
function isPlainValue(text: string): boolean {
  const first = text.charCodeAt(0)
  if (first === 123 || first === 91 || first === 60 || first === 32 || first === 35) return false
  return !text.includes('\n') && !text.includes(' ')
}

function decodeFile(passage: Passage, decoding: Decoding): void {
  const format = formatOf(passage.name, passage.text)
  if (format === 'json') decodeTree(passage, readJson(passage.text), decoding, 'JSON')
  else if (format === 'yaml') decodeTree(passage, readYaml(passage.text), decoding, 'YAML')
  else if (format === 'xml') decodeTree(passage, readXml(passage.text), decoding, 'XML')
  else if (format === 'lines') readLines(passage, decoding)
  else if (format === 'script') readLines(passage, decoding)
  else decodeOneLine(passage, decoding)
}

function decodeTree(passage: Passage, reading: Reading, decoding: Decoding, format: string): void {
  const hot = new HotSpots(passage.text)
  const walk = new TreeWalk(passage, new Locator(passage.text, passage.anchor), decoding, hot)
  const many = reading.documents.length > 1
  const spot = { name: passage.name, field: passage.field, siblings: [], isSuspicious: mayNameSecret(passage.name), isHot: isHotName(passage.name) }
  reading.documents.forEach((document, index) =>
    walk.walk(document, many && document.is === 'scalar' ? { ...spot, field: `${passage.field ?? ''}[${index}]` } : spot),
  )
  for (const stray of reading.strays) {
    if (!hot.within(stray.at, stray.at + stray.text.length)) continue
    const passage = { ...walk.passageOf(stray, spot), name: '' }
    // What is commented out reads like the lines of a file.
    if (stray.text.startsWith('#')) readLines(passage, decoding)
    else decoding.text(passage)
  }
  if (reading.problems.length === 0) return
  decoding.problem(passage, `The ${format} is broken: ${reading.problems[0] ?? ''} What could be read of it was searched, and the whole of it as text.`)
  decoding.text({ ...passage, name: '' })
}

/** A line with blanks: a command, a statement, a header, or one value with blanks in it. */
function decodeOneLine(passage: Passage, decoding: Decoding): void {
  const { text } = passage
  const isShort = text.length <= ONE_LINE_CHARS_MAX
  if (isShort && !mayNameSecret(passage.name) && (COMMAND_NAME.test(passage.name) || (text.includes('-') && COMMAND.test(text)))) {
    readScript(passage, decoding)
    return
  }
  const assignment = isShort && /[=:(]/.test(text) && !mayNameSecret(passage.name) ? readAssignment(text, 0, text.length) : undefined
  if (assignment !== undefined && assignment.separator !== ' ' && mayNameSecret(assignment.name) && !text.includes(';') && !/=\S*\s+\w+\s*=/.test(text)) {
    decoding.value({ ...partOf(passage, assignment.at, assignment.end, assignment.name), text: assignment.text, aliases: [] })
    return
  }
  if (isShort && /["'][ \t,;)}\]]*[,;)}\]]/.test(text) && !isHotName(passage.name)) {
    // Values that are named inside of the line; the line itself is looked at as well.
    for (const pair of readInlinePairs(text, 0, text.length)) decoding.value({ ...partOf(passage, pair.at, pair.end, pair.name), text: pair.text, aliases: [] })
  }
  decodeValue(passage, decoding)
}

function decodeValue(passage: Passage, decoding: Decoding): void {
  const { text } = passage
  if (text.startsWith('--') && text.includes('=')) {
    decodeArguments([passage], decoding)
    return
  }
  const equals = text.indexOf('=')
  if (
    equals > 0 &&
    equals < text.length - 2 &&
    equals < 64 &&
    !mayNameSecret(passage.name) &&
    !text.includes(';') &&
    !text.includes('&') &&
    !text.includes(',')
  ) {
    const assignment = readAssignment(text, 0, text.length)
    if (assignment?.separator === '=' && mayNameSecret(assignment.name)) {
      decoding.value({ ...partOf(passage, assignment.at, assignment.end, assignment.name), text: assignment.text, aliases: [] })
      return
    }
  }
  const guessed = passage.guesses < DECODE_LIMITS.speculativeDepthMax && text.length >= 12 ? guessBase64(text) : undefined
  if (guessed === undefined) {
    decoding.value(passage)
    return
  }
  // The undecoded view stays, for formats that are base64 themselves; the name speaks of what is behind it.
  decoding.text(passage)
  decodeText({ ...decodedPassage(passage, guessed, 'base64'), guesses: passage.guesses + 1 }, decoding)
}

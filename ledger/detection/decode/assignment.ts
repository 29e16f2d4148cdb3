import { endOfLine, readQuoted, unescapeText } from './flow.ts'
import { DECODE_LIMITS } from './limits.ts'

/** A named value of one line (or of several, where the value is quoted or continued). */
export interface Assignment {
  readonly name: string
  readonly text: string
  /** Offset of the value's first character. */
  readonly at: number
  /** Offset behind what was read. */
  readonly end: number
  readonly isVerbatim: boolean
  /** The value stood between quotes, so that it is a text in every language. */
  readonly isQuoted: boolean
  readonly separator: '=' | ':' | ' '
}

/** Characters over which a quote may stay open beyond its line. */
const QUOTED_CHARS_MAX = 64 * 1024

/** Words that may stand before a name: declarations of shells, Dockerfiles, systemd and common languages. */
const DECLARATION =
  /^(?:(?:export|setx?|setenv|declare|local|readonly|typeset|env|ENV|ARG|const|let|var|val|final|static|public|private|protected|internal|string|String|char|auto|def|Environment|fastcgi_param|proxy_set_header|add_header|SetEnv|more_set_headers|my|our|\$env:|-[a-zA-Z]{1,2})(?:[ \t]+|(?<=:)))+/
const NAME =
  /^(?:"([^"\n]{1,160})"|'([^'\n]{1,160})'|([$@%]?[A-Za-z_/.][\w.$/@:{}[\]-]*?(?:\[["']?[\w.-]{1,80}["']?\])?))(?:[ \t]{0,8}(?:\??:[ \t]{0,8}|[ \t])(?:[Ss]tring|str|&(?:'static )?str)(?=[ \t]*=))?[ \t]*(=>|:{1,3}=|[+.?]=|\|\|=|==?|:(?=[ \t"']|$)|->|[ \t](?=\S))[ \t]*/
/** `define('NAME', 'value')` of PHP, `setProperty("name", "value")` of Java and their like. */
const CALL =
  /^(?:[\w.$>-]{0,80})(?:define|set\w{0,20}|put|setdefault|env|environ|add\w{0,20}|property|config|headers?|append|insert)\(\s*(["'])([^"'\n]{1,160})\1\s*,\s*/i

/** Reads the name and value of the line from `start` to `end`; undefined when the line names nothing. */
export function readAssignment(text: string, start: number, end: number): Assignment | undefined {
  let at = start
  while (at < end && (text[at] === ' ' || text[at] === '\t')) at += 1
  const head = text.slice(at, Math.min(end, at + DECODE_LIMITS.nameCharsMax * 2))
  const call = CALL.exec(head)
  if (call?.[2] !== undefined) return readValue(text, call[2], at + call[0].length, end, '=', true)
  const declared = DECLARATION.exec(head)?.[0].length ?? 0
  const found = NAME.exec(head.slice(declared)) ?? (declared > 0 ? NAME.exec(head) : null)
  if (found === null) return readTight(text, head, at, end)
  const name = found[1] ?? found[2] ?? found[3] ?? ''
  const mark = found[4] ?? ''
  if (mark === '==' || mark === '->') return undefined
  const separator = mark.trim() === '' ? ' ' : mark === ':' ? ':' : '='
  const offset = found.input.length === head.length ? 0 : declared
  const valueAt = at + offset + found[0].length
  if (separator === ' ' && !isDirective(text, valueAt, end, name)) return undefined
  return readValue(text, name, valueAt, end, separator, false)
}

/** `password:tiger` without a blank behind the colon. Names of other things are written so, too (`host:port`, `db:migrate`), so that the name has to say it. */
const TIGHT = /^["']?([A-Za-z_][\w.-]{0,80}?(?:pass(?:word|wd)?|pwd|secret|token|key)|pass(?:word|wd)?|pwd|secret|token)["']?:(?=[^\s:/\\])/i

function readTight(text: string, head: string, at: number, end: number): Assignment | undefined {
  const found = TIGHT.exec(head)
  return found === null ? undefined : readValue(text, found[1] ?? '', at + found[0].length, end, ':', false)
}

/** `name value`, as Redis, nginx and HAProxy write it: a plain name and at most two more words, else it is prose. */
function isDirective(text: string, from: number, end: number, name: string): boolean {
  if (!/^[$@%]?[A-Za-z][\w.-]*$/.test(name)) return false
  const rest = text
    .slice(from, end)
    .replace(/[ \t]#[ \t].*$/, '')
    .trim()
    .replace(/;$/, '')
  if (/^["']/.test(rest)) return true
  const words = rest.split(/[ \t]+/, 4).length
  return words === 1 || (words === 2 && /[_-]/.test(name))
}

function readValue(text: string, name: string, from: number, end: number, separator: Assignment['separator'], isCall: boolean): Assignment {
  const quote = text.charCodeAt(from)
  if (from < end && (quote === 34 || quote === 39 || quote === 96)) {
    const triple = text.slice(from, from + 3)
    if (triple === '"""' || triple === "'''") return readTriple(text, name, from, separator, triple)
    const read = readQuoted(text.slice(0, Math.min(text.length, from + QUOTED_CHARS_MAX)), from, quote, 'json')
    const crosses = read.end > end
    if (read.closed && (!crosses || isWholeValue(text, read.end))) {
      // Behind the quote only an end of statement or a comment may follow; otherwise the quote is a part of the value.
      const { scalar } = read
      const rest = text.slice(read.end, endOfLine(text, read.end)).trim()
      if (isCall || /^(?:$|[,;)\]}#/])/.test(rest) || !crosses) {
        return { name: nameOf(name), text: scalar.text, at: scalar.at, end: read.end, isVerbatim: scalar.layout === 'verbatim', isQuoted: true, separator }
      }
    }
  }
  return readBare(text, name, from, end, separator)
}

function readTriple(text: string, name: string, from: number, separator: Assignment['separator'], triple: string): Assignment {
  const close = text.indexOf(triple, from + 3)
  const stop = close === -1 || close - from > QUOTED_CHARS_MAX ? endOfLine(text, from) : close
  const inner = text[from + 3] === '\n' ? from + 4 : from + 3
  return { name: nameOf(name), text: text.slice(Math.min(inner, stop), stop), at: inner, end: stop + 3, isVerbatim: true, isQuoted: true, separator }
}

function readBare(text: string, name: string, from: number, end: number, separator: Assignment['separator']): Assignment {
  let last = end
  if (text[last - 1] === '\r') last -= 1
  let value = text.slice(from, last)
  // A comment needs white space before it, since # is common inside passwords.
  const comment = value.search(/[ \t][#;](?:[ \t]|$)|[ \t]\/\/ /)
  if (comment !== -1) value = value.slice(0, comment)
  value = value.trimEnd()
  // `secret = value }` ends a block that was begun in a line before.
  if (/[ \t]\}$/.test(value) && !value.includes('{')) value = value.slice(0, -1).trimEnd()
  if (value.endsWith('\\')) return readContinued(text, name, from, end, separator)
  const ending = /[;,]$/.exec(value)
  if (ending !== null && separator !== '=') value = value.slice(0, -1)
  else if (ending !== null && !/\);?,?$/.test(value) && value.endsWith(';') && !value.slice(0, -1).includes(';')) value = value.slice(0, -1)
  const unescaped = value.includes('\\') && /\\[=:#! \\u]/.test(value) ? unescapeText(value) : value
  return { name: nameOf(name), text: unescaped, at: from, end, isVerbatim: unescaped === value, isQuoted: false, separator }
}

/** A value that goes on in the next line after a backslash, as in Java properties: leading white space of the next line is dropped. */
function readContinued(text: string, name: string, from: number, end: number, separator: Assignment['separator']): Assignment {
  const parts: string[] = []
  let start = from
  let stop = end
  for (;;) {
    const line = text.slice(start, stop).trim()
    if (!line.endsWith('\\') || stop >= text.length || stop - from > QUOTED_CHARS_MAX) {
      parts.push(line)
      break
    }
    parts.push(line.slice(0, -1))
    start = stop + 1
    stop = endOfLine(text, start)
  }
  return { name: nameOf(name), text: unescapeText(parts.join('')), at: from, end: stop, isVerbatim: false, isQuoted: false, separator }
}

function isWholeValue(text: string, from: number): boolean {
  return /^[ \t]*(?:$|[\r\n,;)#])/.test(text.slice(from, from + 40))
}

/** The name as people say it: `$config['db']['password']` and `os.environ["X"]` are named by their last key. */
function nameOf(name: string): string {
  const index = /\[["']?([\w.-]+)["']?\]$/.exec(name)?.[1]
  const plain = index ?? name
  return plain.replace(/^[$@%]/, '').replace(/^.*:(?=_)/, '')
}

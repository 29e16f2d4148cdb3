/** Longest text that is read as an expression; secrets of one line are shorter. */
const EXPRESSION_CHARS_MAX = 512

/** What code computes a value from: begins that no password has, with what is left to read behind them. */
const BEGIN = /^(?:(?:new|await|yield|return|typeof|not|lambda|function|async|const|let|var|if)\s+|[!&*]+(?=[A-Za-z_$]))/
/** What stands behind an operand when the expression goes on. */
const OPERATOR = /^\s*(?:\|\||&&|\?\?|\?:?|[!=]==?|[+%]|=>|->|<<)\s|^\s+(?:or|and|if|as|is|in|unless|else|instanceof)\s/
/** Rules of validators and alternatives of a type: `required|min:8|confirmed`, `'verify' | 'reset'`. */
const ALTERNATIVES = /^(?:[a-z_]+(?::[\w,./=-]+)?)(?:\|[a-z_]+(?::[\w,./=-]+)?)+$|^["']?\w+["']?(?:\s\|\s["']?[\w[\]]+["']?)+[;,]?$/
/** Types where a declaration was read as a value: `Option<String>,`, `Optional[str]`, `string;`, `varchar(255) NOT NULL`. */
const TYPE =
  /^(?:[A-Z]\w*\??<[\w<>,.:|&\s[\]?]*>|(?:[Ss]tring|[Ss]tr|bytes?|char|text|any|object|[Vv]archar|VARCHAR|SecretStr|SecretString|SecureString|CharField|TextField)(?:\(\d+\))?(?:\[\])?[!?]?)(?:\s+(?:NOT|not)\s+(?:NULL|null)\b.*|\s*=\s*(?:None|null|nil|undefined|""|''))?[,;)]*$/

/**
 * True for what source code would compute a value from: a call, an element, a member, an operator, a type, a rule of a validator. Words and made-up
 * passwords are none, also with marks in them: an operand has to be whole, and what follows it has to be an operator or an end of statement.
 */
export function isExpression(value: string): boolean {
  if (value.length > EXPRESSION_CHARS_MAX) return false
  if (ALTERNATIVES.test(value) || TYPE.test(value) || value.startsWith('`')) return true
  const begin = BEGIN.exec(value)?.[0].length ?? 0
  const operand = readOperand(value, begin)
  if (operand === undefined) return false
  const rest = value.slice(operand.end)
  if (rest === '') return operand.isComputed || (begin > 0 && /\s/.test(value.charAt(begin - 1)))
  if (OPERATOR.test(rest)) return true
  // A literal of a structure: `&v1.Secret{`, `Token{ claims: nil }`.
  if (/^\s?\{/.test(rest) && (operand.isPath || begin > 0)) return true
  return /^[!?]?\s*[,;)\]}]+$/.test(rest) && (operand.isComputed || operand.isPath || !/\d/.test(value))
}

interface Operand {
  readonly end: number
  /** It calls, indexes or dereferences something. */
  readonly isComputed: boolean
  /** It names a member of something. */
  readonly isPath: boolean
}

const IDENTIFIER = /[A-Za-z_$@][\w$]*/y
const LINK = /\?\.|!\.|->|::|\./y

/** Reads `name.member(…)[…]->member` from an offset on; undefined when no name stands there. */
function readOperand(text: string, from: number): Operand | undefined {
  IDENTIFIER.lastIndex = from
  const name = IDENTIFIER.exec(text)?.[0]
  if (name === undefined) return undefined
  let end = from + name.length
  let isComputed = false
  let isPath = false
  let links = 0
  for (;;) {
    const mark = text[end]
    if (mark === '(' || mark === '[') {
      const close = closeOf(text, end)
      // The rest may have been cut off by whoever read the line; a quote behind the bracket tells an index or a call all the same.
      if (close === -1 && !/["'`:]/.test(text.charAt(end + 1))) break
      if (close === -1) return { end: text.length, isComputed: true, isPath }
      isComputed = true
      end = close + 1
      continue
    }
    LINK.lastIndex = end
    const link = LINK.exec(text)?.[0]
    if (link === undefined) break
    IDENTIFIER.lastIndex = end + link.length
    const member = IDENTIFIER.exec(text)?.[0]
    if (member === undefined) break
    isPath = true
    links += 1
    if (link !== '.') isComputed = true
    end += link.length + member.length
  }
  // TypeScript asserts what is there by an exclamation mark; so do people who make up passwords, but not behind two dots.
  if (text[end] === '!' && links > 1) return { end: end + 1, isComputed: true, isPath }
  return { end, isComputed, isPath }
}

/** Offset of the bracket that closes the one at `open`; quoted texts are passed over. -1 when it is not closed. */
function closeOf(text: string, open: number): number {
  let depth = 0
  let quote = ''
  for (let at = open; at < text.length; at += 1) {
    const mark = text.charAt(at)
    if (quote !== '') {
      if (mark === '\\') at += 1
      else if (mark === quote) quote = ''
    } else if (mark === '"' || mark === "'" || mark === '`') quote = mark
    else if (mark === '(' || mark === '[' || mark === '{') depth += 1
    else if (mark === ')' || mark === ']' || mark === '}') {
      depth -= 1
      if (depth === 0) return at
    }
  }
  return -1
}

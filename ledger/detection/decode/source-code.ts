/** Characters at the beginning of a text in which signs of source code are looked for. */
const SIGNS_CHARS_MAX = 32 * 1024
/** Endings of source files: there a value without quotes is a name, a number or an expression, never a text. */
const ENDINGS = new Set(
  'py pyw js jsx ts tsx mjs cjs mts cts java kt kts groovy gradle scala go rs c h cc cpp hpp cs fs vb swift m mm dart rb php phtml pl pm lua ex exs erl hs clj r jl sol tf hcl'.split(
    ' ',
  ),
)
/** Endings of files in which a value without quotes is a text, whatever else stands there. */
const PLAIN_ENDINGS = new Set(
  'env properties props ini cfg cnf conf toml yaml yml sh bash zsh ksh bat cmd ps1 sql md markdown rst adoc service dockerfile npmrc netrc pgpass xml html json'.split(
    ' ',
  ),
)
/** What begins a line in programming languages and in nothing that holds plain values. */
const SIGN =
  /^[ \t]*(?:import [\w.{*'"]|from [\w.]+ import |package [\w.]+;?[ \t]*$|using [\w.]+;|#include [<"]|require\(|(?:async )?def \w+\(|(?:export )?(?:default )?(?:abstract )?class \w+[ \t({:]|func (?:\(\w+ [*\w]+\) )?\w+\(|(?:pub )?fn \w+|(?:export )?(?:const|let|var) [\w{[]|(?:public|private|protected|internal) (?:static |final |readonly |override |async |const )*[\w<>[\]]+ \w+ ?[=;({]|<\?php|\$\w+ ?=[^=]|\w+ := |self\.\w+ ?=|this\.\w+ ?=|@[A-Z]\w+(?:\(|[ \t]*$)|(?:return|throw|await|yield|raise) [A-Za-z_'"{[(]|(?:const )?(?:char|string|String|int|auto|bool|boolean)\*? +\*?\w+ ?=)/m

/** True when values without quotes are expressions in this file: by the ending of its name, else by how its lines begin. */
export function isSourceCode(name: string, text: string): boolean {
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  if (ENDINGS.has(ending)) return true
  return !PLAIN_ENDINGS.has(ending) && SIGN.test(text.slice(0, SIGNS_CHARS_MAX))
}

/** A quoted text inside of an expression. */
export interface Literal {
  readonly text: string
  /** Offset of its first character in the expression. */
  readonly at: number
}

/** Longest expression that is looked into. */
const EXPRESSION_CHARS_MAX = 1_024
/** A mark of Python, C# and others before the quote: `b"…"`, `@"…"`. */
const MARKED = /^(?:[bBuUrRL@]|[rR][bB]|[bB][rR])(["'])([^"'\\\n]*)\1[\s,;)\]}]*$/
/** What an expression falls back to: `process.env.X || "…"`, `config.x ?? "…"`, `get(x) or "…"`, `x ?: "…"`, `.orElse("…")`, `.unwrap_or("…")`. */
const FALLBACK = /(?:\|\||\?\?|\?:|\sor|\.(?:orElse|or_else|unwrap_or|getOrElse|default|withDefault|fallback)\()\s*(["'`])([^"'`\\\n$]*)\1[\s,;)\]}]*$/
/** Calls that give back their first argument in another form: hashes, encoders, wrappers. */
const WRAPPER =
  /(?:^|[\s.:>\\])(?:hash|make|bcrypt|hashpw|hash_?password|hash_?sync|md5|sha\d*|encode|b64encode|crypt|encrypt\w*|bytes|str|string|secret|secret_?str|secret_?string|secure_?string|from|quote|trim|strip|password|generate_password_hash|get_?bytes|of|just|some|literal|text|plaintext|sensitive|nonsensitive|base64encode|buffer|bytearray|tostring|base64)\(\s*(?:[bBuUrR]?)(["'`])([^"'`\\\n$]*)\1\s*[,)]/i
/** Calls that look a name up and take what to give back if there is none. */
const LOOKUP =
  /(?:^|[\s.:>\\])(?:get_?env|env|_?optional|get|environ\.get|config|get_?property|get_?or_?default|get_?or_?else|get_?string|lookup|setting|option|param|coalesce|nvl)\(\s*(["'])[^"'\n]{1,160}\1\s*,\s*(?:default\s*=\s*|default_value\s*=\s*)?[bBuUrR]?(["'`])([^"'`\\\n$]*)\2\s*[,)]/i

/** Names of character sets and digests, which encoders take. */
const FORM = /^(?:utf-?\d{1,2}|us-ascii|ascii|latin-?1|iso-[\w-]+|base64(?:url)?|hex|binary|cp\d+|sha-?\d+|md5|hmac[\w-]*)$/i

/** The text that an expression stands for as far as it is written there: what is hashed, encoded or fallen back to. Names of keys and variables are none. */
export function literalOf(expression: string): Literal | undefined {
  if (expression.length > EXPRESSION_CHARS_MAX || !/["'`]/.test(expression)) return undefined
  const found = textAndEnd(MARKED.exec(expression), 2) ?? textAndEnd(FALLBACK.exec(expression), 2) ?? textAndEnd(LOOKUP.exec(expression), 3)
  return found ?? textAndEnd(WRAPPER.exec(expression), 2)
}

/** The place of the group that stands before the last quote of a match. */
function textAndEnd(match: RegExpExecArray | null, group: number): Literal | undefined {
  const text = match?.[group]
  if (match === null || text === undefined || text === '' || FORM.test(text)) return undefined
  const quote = match[group - 1] ?? ''
  return { text, at: match.index + match[0].lastIndexOf(text + quote) }
}

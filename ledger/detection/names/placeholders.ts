/** Words that say "put your own value here". Default passwords that work as they stand (admin, root, postgres) are no placeholders. */
const PHRASE =
  /^(?:change[\s_.-]?(?:me|this|now|in|before|please)|please[\s_.-]?(?:change|set|replace|update)|to[\s_.-]?be[\s_.-]?(?:changed|set|defined|replaced|filled)|replace|insert|enter[\s_.-]|your|my[\s_.-]?(?:own|very[\s_.-]?own)?[\s_.-]?(?:password|secret|token|key)[\s_.-]?here|example|placeholder|redacted|fixme|todo|tbd|dummy|fake|sample|mock|foo(?:bar)?$|bar$|baz$|not[\s_.-]?(?:a[\s_.-]?(?:secret|password|token|key)|set|used|needed|required|a[\s_.-]real|real|applicable|secure)|un(?:set|used|defined|known)|fill[\s_.-]?(?:me|this|in|out)|put[\s_.-]|set[\s_.-]?(?:me|this|by|in|via|from|your)|add[\s_.-]?(?:your|here)|provide|see[\s_.-]|stored[\s_.-]in|from[\s_.-](?:vault|env|file|secret)|specify|generate[ds]?(?:$|[\s_.-])|auto[\s_.-]?generated|managed[\s_.-]?by|supplied|overrid|to[\s_.-]?do|some[\s_.-](?:password|secret|token|key|value)|any[\s_.-](?:password|secret|value)|no[\s_.-]?(?:password|secret|token|key)$|empty|nope$|hidden|masked|secret[\s_.-]?goes|n\/?a$|null$|nil$|none$|undefined$|default$|string$|value$|text$|optional$|required$|xxx|test[\s_.-]?(?:only|value)$|do[\s_.-]?not|ignored?$|invalid$|omitted$|removed$|sanitized$|filtered$|scrubbed$|encrypted$|<|\[(?:redacted|hidden|removed|filtered|masked|your|insert|enter|secret|password|token)|\(?(?:redacted|hidden|unset|none|not set|optional|required)\)$)/i
const INSIDE =
  /(?:^|[\s_.:/-])your[\s_.-]+[a-z]|(?:^|[\s_.-])(?:change[_-]?me|fake|dummy|placeholder|redacted|fixme|your[\s_.-]?(?:own|password|secret|token|key|api|access|client|value|super|strong|secure)|replace[\s_.-]?(?:me|this|with)|(?:password|secret|token|key|value)[\s_.-]?(?:here|goes[\s_.-]?here))(?=$|[\s_.!-])|(?:here|goes here)>?$|[\s_.-](?:example|placeholder)$/i
const TEMPLATE =
  /^(?:\$\{[^}]*\}|\$\([^)]*\)|\{\{[^}]*\}\}|<%[^%]*%>|%[\w.-]+%|%~\w+|%\([\w.-]+\)s|\$[A-Z_][A-Z0-9_]*|\$[a-z]+(?:_[a-z]+)+|@@?[\w.-]+@@?|#[A-Za-z_][\w.]*#|__[A-Za-z][\w-]*__|#\{[^}]*\}#?|\{(?:[A-Za-z_][\w.-]*|\d{1,2})?\}|\$\[[^\]]*\]|<[^<>]{1,120}>|%s|%v|%q|\?+|<<[^<>]*>>|\[\[[^\]]*\]\])$/
/** Values inside which a template fills a part: what is stored is not what is used. */
const PARTIAL_TEMPLATE = /\$\{[^}]{1,200}\}|\{\{[^}]{0,400}\}\}|\$\([A-Za-z_][\w.-]*\)|<%[=-]?[^%]{1,200}%>|#\{[\w.]{1,100}\}#?/
/** Nothing but one repeated mark: xxxx, ****, ----, 0000, ....; a row of dots may follow real letters of a cut value. */
const MASK = /^(?:x{3,}|X{3,}|\*+|\.{2,}|•+|-+|_+|#+|\?+|0{4,}|=+|~+|[xX*]+(?:[-_. ][xX*]+)+)$/
const CUT = /\*{3,}|x{5,}|X{5,}|•{3,}|\.{4,}|\.{3}$|…/
/** "Your password" in the languages in which people write examples. */
const FOREIGN =
  /^_*(?:sua|seu|minha|tua|teu|tu|su|mi|votre|ton|ta|mon|deine?|ihre?|meine?|la[\s_.-]?tua|il[\s_.-]?tuo|uw|jouw|je|mijn|twoje|moje|vase|tvoje|din|ditt|ваш|твой|мой)[\s_.-]+(?:senha|chave|segredo|contrase[nñ]a|clave|secreto|mot[\s_.-]?de[\s_.-]?passe|mdp|cl[eé]|passwor[dt]|kennwort|geheimnis|schl(?:ü|ue)ssel|wachtwoord|sleutel|has[lł]o|klucz|heslo|parola|l[oö]senord|пароль|ключ|token|secret|key|api)/i
/** Letters of scripts in which nobody types passwords: a text for people. */
const WRITTEN_LETTERS = /[\u0590-\u0fff\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]/g
/** Letters of other alphabets than the Latin one, and letters with two marks: a word of a language, unless a number makes it a password. */
const FOREIGN_LETTERS = /[\u0370-\u058f\u1e00-\u1fff]/g
/** Share of such letters from which on the value is prose. */
const FOREIGN_SHARE_MIN = 0.2
/** Vendors end the credentials of their documentation with the word, in capitals. */
const DOCUMENTED = /EXAMPLE(?:KEY|TOKEN|SECRET)?$/
const SEQUENCES = ['0123456789', 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((sequence) => sequence.repeat(3))
const QUOTED = /^(["'`])(.*)\1$/s
/** Anything but letters and digits: templates and prose have it, generated values mostly not. */
const MARKED = /[^A-Za-z0-9]/

/** Longest text that can be a placeholder; longer ones are data. */
const PLACEHOLDER_CHARS_MAX = 400

/**
 * True for values that stand for a secret and are none: templates, masks, "change me", "your-password-here", the words for nothing.
 * Well-known default passwords such as `admin` or `postgres` are not placeholders, because they work.
 */
export function isPlaceholder(text: string): boolean {
  const trimmed = text.trim()
  const value = QUOTED.exec(trimmed)?.[2] ?? trimmed
  if (value === '') return true
  if (value.length > PLACEHOLDER_CHARS_MAX) return false
  if (MARKED.test(value) && isMarkedPlaceholder(value)) return true
  return MASK.test(value) || PHRASE.test(value) || INSIDE.test(value) || CUT.test(value) || DOCUMENTED.test(value) || isSequence(value)
}

/** Forms that need a mark: templates, phrases in a frame, phrases and prose of other languages. */
function isMarkedPlaceholder(value: string): boolean {
  const inner = /^[*_~=-]{1,8}([A-Za-z][A-Za-z _-]{2,60}?)[*_~=-]{1,8}$/.exec(value)?.[1]
  if (inner !== undefined && PHRASE.test(inner)) return true
  return TEMPLATE.test(value) || PARTIAL_TEMPLATE.test(value) || FOREIGN.test(value) || isForeignProse(value)
}

function isForeignProse(value: string): boolean {
  const most = value.length * FOREIGN_SHARE_MIN
  return (value.match(WRITTEN_LETTERS)?.length ?? 0) > most || (!/\d/.test(value) && (value.match(FOREIGN_LETTERS)?.length ?? 0) > most)
}

/** A stretch of the alphabet or of the digits written twenty letters long is typed by hand to fill a field. Short ones are weak passwords. */
function isSequence(value: string): boolean {
  if (value.length < 20) return /^(.)\1{5,}$/.test(value)
  const letters = value.replaceAll(/[^A-Za-z0-9]/g, '')
  if (/^(.)\1*$/.test(letters)) return true
  return SEQUENCES.some((sequence) => letters.length >= 20 && sequence.includes(letters)) || /^(.{1,4})\1{4,}$/.test(letters)
}

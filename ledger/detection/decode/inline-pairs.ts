import type { Assignment } from './assignment.ts'
import { isHotName } from '../names/hot.ts'

/** `name: "value"`, `name == "value"` and `name="value"` in the middle of a line: arguments of a call, members of an object, cells of a table. */
const PAIR =
  /(?<![\w$@.-])(["'`]?)([A-Za-z_$@][\w.-]{0,79})\1[ \t]{0,8}(:|=>|:?=|={2,3}|\.equals(?:IgnoreCase)?\()[ \t]{0,8}[bBuUrR]?(?:"((?:[^"\\\n]|\\.){1,1000})"|'((?:[^'\\\n]|\\.){1,1000})')/g
/** `name=value name=value`, as a line of an inventory of Ansible or the options of a mount have it. */
const WORD_PAIR = /(?<=^|[ \t])([A-Za-z_][\w.-]{0,79})=([^\s"'=,;]{1,400})(?=[ \t]|$)/g
/** Names whose assignments by `=` are found by their form, wherever they stand. */
const BY_FORM = /pass(?:word|wd)$|pwd$/i
/** Pairs of one line; more are data. */
const PAIRS_MAX = 200
/** Characters of a line in which pairs are looked for. */
const LINE_CHARS_MAX = 16_384

/** Reads the values that names of secrets have inside of a line which as a whole has another name, or none. */
export function readInlinePairs(text: string, start: number, end: number): readonly Assignment[] {
  if (end - start > LINE_CHARS_MAX) return []
  const line = text.slice(start, end)
  const pairs: Assignment[] = []
  PAIR.lastIndex = 0
  for (let found = PAIR.exec(line); found !== null && pairs.length < PAIRS_MAX; found = PAIR.exec(line)) {
    const [whole, , name = '', mark = '', double, single] = found
    const value = double ?? single ?? ''
    if (!isHotName(name) || (mark === '=' && BY_FORM.test(name))) continue
    const stop = start + found.index + whole.length - 1
    pairs.push({
      name,
      text: value,
      at: stop - value.length,
      end: stop,
      isVerbatim: !value.includes('\\'),
      isQuoted: true,
      separator: mark === ':' ? ':' : '=',
    })
  }
  return pairs.length > 0 ? pairs : readWordPairs(line, start)
}

/** One such pair alone is the value of whatever stands before it. */
function readWordPairs(line: string, start: number): readonly Assignment[] {
  const words = [...line.trimEnd().matchAll(WORD_PAIR)].slice(0, PAIRS_MAX)
  if (words.length < 2) return []
  return words.flatMap(({ 0: whole, 1: name = '', 2: text = '', index }) => {
    if (!isHotName(name) || BY_FORM.test(name)) return []
    const at = start + index + whole.length - text.length
    return [{ name, text, at, end: at + text.length, isVerbatim: true, isQuoted: false, separator: '=' as const }]
  })
}

import { endOfLine } from './flow.ts'
import type { Assignment } from './assignment.ts'

/** What is hashed or encoded by the call that a pair has for its value: `'password' => bcrypt('…')`. */
const CALL = /^[\w\\:>$.-]{1,80}\(\s{0,8}(?:"[^"\n]{0,1000}"|'[^'\n]{0,1000}')\s{0,8}\)/
/** `name => value`, as Logstash, Ruby, Perl and PHP write maps; several may stand in one line. */
const PAIR = /(["']?)([A-Za-z_@][\w.@-]{0,79})\1[ \t]{0,8}=>[ \t]{0,8}(?:"([^"\n]{0,4096})"|'([^'\n]{0,4096})'|([^\s,{}[\]"']{1,512}))/g
/** Pairs of one line; more are data. */
const PAIRS_MAX = 200

/** Reads every `name => value` of the line that begins at `start`; empty when it has none. */
export function readArrowPairs(text: string, start: number): readonly Assignment[] {
  const line = text.slice(start, endOfLine(text, start))
  const pairs: Assignment[] = []
  PAIR.lastIndex = 0
  for (let found = PAIR.exec(line); found !== null && pairs.length < PAIRS_MAX; found = PAIR.exec(line)) {
    const bareAt = found.index + found[0].length - (found[5]?.length ?? 0)
    const value = found[3] ?? found[4] ?? CALL.exec(line.slice(bareAt))?.[0] ?? found[5] ?? ''
    const end = found[5] === undefined ? bareAt - 1 : bareAt + value.length
    PAIR.lastIndex = Math.max(PAIR.lastIndex, end)
    pairs.push({
      name: found[2] ?? '',
      text: value,
      at: start + end - value.length,
      end: start + end,
      isVerbatim: true,
      isQuoted: found[5] === undefined,
      separator: '=',
    })
  }
  return pairs
}

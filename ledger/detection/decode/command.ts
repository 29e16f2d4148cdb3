import { mayNameSecret } from '../names/stems.ts'
import { passwordFlagOf } from './command-flags.ts'
import { passwordPlaceOf, pipedPasswordOf } from './positions.ts'

/** A value that a command line names: the part of one word from `from` to `end`. */
export interface CommandValue {
  readonly word: number
  readonly from: number
  readonly end: number
  /** Empty for words that nothing names. */
  readonly name: string
  /** The word is itself a command, as behind `sh -c`. */
  readonly isScript: boolean
}

const ASSIGNMENT = /^(?:export |set )?([A-Za-z_][\w.-]{0,120})=/
const LONG_FLAG = /^--?([A-Za-z][\w.:-]{0,160}?)(?:=|$)/
const SHELLS = new Set(['sh', 'bash', 'ash', 'dash', 'zsh', 'ksh', 'su', 'cmd', 'powershell', 'pwsh', 'busybox', 'bash.exe'])
/** Words that follow the name of a flag where people write about it. */
const PROSE =
  /^(?:options?|flags?|arguments?|params?|parameters?|and|or|is|are|was|to|for|from|with|if|in|on|as|the|an?|instead|must|can|will|should|when|via)$/
/** `kv put KEY VALUE` of the clients of stores. */
const STORES = /^(?:put|set|SET|setex|SETEX)$/
/** Characters of a word that may be a command of its own. */
const COMMAND_CHARS_MAX = 4_096
/** A flag that names a secret, with its value, somewhere behind the first word. */
const SECRET_FLAG = /\w\s(?:[^\n]{0,400}\s)?--?[\w-]{0,40}(?:pass(?:word|wd)?|pwd|token|secret|key)[ =][^\s=]/i
const HEADER = /^([A-Za-z][A-Za-z-]{1,60}):[ \t]+/

/**
 * Names the values of one command: `--flag=value`, `--flag value`, `KEY=value`, `-Dname=value`, the password flags of well-known programs,
 * passwords that a program takes by their place or that another command reads (`reader`, the one behind the pipe), HTTP headers behind -H.
 * Words that nothing names come too, unnamed, so that formats are found in them.
 */
export function readCommand(words: readonly string[], reader: readonly string[] = []): readonly CommandValue[] {
  const values: CommandValue[] = []
  const program = programOf(words)
  const placed = pipedPasswordOf(words, reader) ?? passwordPlaceOf(program, words)
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? ''
    const next = words[index + 1]
    const take = (at: number, from: number, name: string, end = (words[at] ?? '').length, isScript = false): number => {
      values.push({ word: at, from, end, name, isScript })
      return at
    }
    const flag = passwordFlagOf(program, word, next, words)
    if (placed?.word === index) take(index, placed.from, placed.name)
    else if (flag !== undefined) index = take(flag.inNext ? index + 1 : index, flag.from, flag.name)
    else if (next !== undefined && SHELLS.has(program) && /^-[a-z]*c$|^\/c$/i.test(word)) index = take(index + 1, 0, '', undefined, true)
    else if (/^(?:-H|--header|--proxy-header|--headers?)$/.test(word) && next !== undefined && HEADER.test(next)) {
      const header = HEADER.exec(next)
      index = take(index + 1, header?.[0].length ?? 0, header?.[1] ?? '')
    } else index = readWord(word, index, next, take, STORES.test(words[index - 1] ?? ''))
  }
  return values
}

type Take = (at: number, from: number, name: string, end?: number, isScript?: boolean) => number

function readWord(word: string, index: number, next: string | undefined, take: Take, isStored: boolean): number {
  const flag = LONG_FLAG.exec(word)
  if (flag?.[1] !== undefined) {
    const name = word.startsWith('-D') && !word.startsWith('--') ? flag[1].slice(1) : flag[1]
    if (flag[0].endsWith('=')) return takeAssigned(word, index, flag[0].length, name, take)
    // What is read from the input is not the next word.
    if (next === undefined || isFlag(next) || name.endsWith('-stdin')) return index
    // Flags such as --set, -e and --from-literal carry an assignment of their own.
    const inner = ASSIGNMENT.exec(next)
    if (inner?.[1] !== undefined && mayNameSecret(inner[1]) && !mayNameSecret(name)) return takeAssigned(next, index + 1, inner[0].length, inner[1], take)
    if (mayNameSecret(name)) return PROSE.test(next) ? index : take(index + 1, 0, name)
    return index
  }
  const assignment = ASSIGNMENT.exec(word)
  if (assignment?.[1] !== undefined) return takeAssigned(word, index, assignment[0].length, assignment[1], take)
  const header = HEADER.exec(word)
  if (header?.[1] !== undefined && mayNameSecret(header[1])) return take(index, header[0].length, header[1])
  // `config set some.secret.key value`: a bare word that names a secret, followed by its value.
  if (next !== undefined && /^[\w./:-]*[._/:-][\w.:-]*$/.test(word) && mayNameSecret(word) && !isFlag(next) && (isStored || /set|config|auth/i.test(word))) {
    take(index, 0, '')
    return take(index + 1, 0, word)
  }
  // A whole command in one word, as programs hand it to a shell.
  return word.length <= COMMAND_CHARS_MAX && SECRET_FLAG.test(word) ? take(index, 0, '', undefined, true) : take(index, 0, '')
}

/** An assigned value may be a list of assignments, as in `--set auth.user=a,auth.password=b`: those that name a secret are taken out of it. */
function takeAssigned(word: string, index: number, from: number, name: string, take: Take): number {
  let isFound = mayNameSecret(name)
  // Only settings of a tree are listed behind one name; `CACHE=host:6379,password=x` is one value.
  if (isFound && !/[.[]/.test(name)) return take(index, from, name)
  let end = endOfItem(word, from)
  if (isFound) take(index, from, name, end)
  // The value behind the first name may itself begin a list: `--from=user=a,password=b`.
  let at = isFound ? end + 1 : from
  while (at < word.length) {
    ITEM.lastIndex = at
    const inner = ITEM.exec(word)?.[1]
    if (inner === undefined) break
    const valueAt = ITEM.lastIndex
    end = endOfItem(word, valueAt)
    if (mayNameSecret(inner)) {
      take(index, valueAt, inner, end)
      isFound = true
    }
    at = end + 1
  }
  return isFound ? index : take(index, from, name)
}

const ITEM = /(?:export |set )?([A-Za-z_][\w.[\]-]{0,120})=/y
const NEXT_ITEM = /,(?=[A-Za-z_][\w.[\]-]{0,120}=)/g

/** End of one assignment of a list; a text with blanks, quotes or semicolons in it is none. */
function endOfItem(word: string, from: number): number {
  NEXT_ITEM.lastIndex = from
  const end = NEXT_ITEM.exec(word)?.index
  return end === undefined || /[\s;"']/.test(word.slice(from, end)) ? word.length : end
}

function isFlag(word: string): boolean {
  return /^--?[A-Za-z]/.test(word) && !/^-[A-Za-z]?[^\s=]*[!@#$%^&*]/.test(word)
}

/** Name of the program that a command runs, without folder; assignments, `exec`, `env` and `sudo` before it are passed over. */
function programOf(words: readonly string[]): string {
  for (const word of words.slice(0, 16)) {
    if (
      ASSIGNMENT.test(word) ||
      word.startsWith('-') ||
      /^(?:exec|env|sudo|nohup|time|then|do|else|if|while|!|docker-entrypoint\.sh|tini|dumb-init|until)$/.test(word.slice(word.lastIndexOf('/') + 1))
    )
      continue
    return word.slice(word.lastIndexOf('/') + 1).toLowerCase()
  }
  return ''
}

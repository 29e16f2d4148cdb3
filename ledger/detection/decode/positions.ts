/** A password that a program takes by its place among the words of the command, and what may stand before it in the word. */
export interface PasswordPlace {
  readonly word: number
  readonly from: number
  readonly name: string
}

/** Words of which each is one argument, with their places; flags are left out. */
type Operands = readonly { readonly word: number; readonly text: string }[]

interface PlacedPassword {
  readonly program: RegExp
  /** @returns which operand it is; undefined when the command is another one */
  readonly operandOf: (operands: Operands, flags: readonly string[]) => number | undefined
}

/** Subcommands, and how many operands stand between them and the password. */
function behind(subcommand: RegExp, distance: number): PlacedPassword['operandOf'] {
  return (operands) => {
    const at = operands.findIndex(({ text }) => subcommand.test(text))
    return at === -1 ? undefined : at + distance
  }
}

/** Each from the manual page of the program. */
const PLACED: readonly PlacedPassword[] = [
  {
    // htpasswd -b [-c] FILE USER PASSWORD, htpasswd -nb USER PASSWORD; without -b it asks.
    program: /^htpasswd$/,
    operandOf: (operands, flags) => {
      if (!flags.some((flag) => /^-[a-zA-Z]*b/.test(flag))) return undefined
      const least = flags.some((flag) => /^-[a-zA-Z]*n/.test(flag)) ? 2 : 3
      return operands.length > least ? least : undefined
    },
  },
  { program: /^rabbitmqctl$/, operandOf: behind(/^(?:add_user|change_password|authenticate_user)$/, 2) },
  { program: /^(?:mc|mcli)$/, operandOf: minioSecret },
]

/** `mc alias set NAME URL ACCESSKEY SECRETKEY`, and `mc config host add` of older versions. */
function minioSecret(operands: Operands): number | undefined {
  const [, first, second, third] = operands.map(({ text }) => text)
  if (first === 'alias' && (second === 'set' || second === 's')) return 6
  return first === 'config' && second === 'host' && third === 'add' ? 7 : undefined
}

/** Finds the password that a program takes by its place. */
export function passwordPlaceOf(program: string, words: readonly string[]): PasswordPlace | undefined {
  const rule = PLACED.find(({ program: names }) => names.test(program))
  if (rule === undefined) return undefined
  const start = words.findIndex((word) => word.slice(word.lastIndexOf('/') + 1).toLowerCase() === program)
  const operands = words.flatMap((text, word) => (word < start || /^-[A-Za-z-]/.test(text) ? [] : [{ word, text }]))
  const flags = words.filter((word) => word.startsWith('-'))
  const operand = operands[rule.operandOf(operands, flags) ?? -1]
  return operand === undefined ? undefined : { word: operand.word, from: 0, name: 'password' }
}

/** Programs that only say what they are told. */
const SAYS = /^(?:echo|printf|print)$/
/** Who reads a password from its input: all of it, or what stands behind `user:`. */
const READS: readonly { readonly program: RegExp; readonly flag?: RegExp; readonly before?: RegExp }[] = [
  { program: /^chpasswd$/, before: /^[^:\s]{1,64}:/ },
  { program: /^passwd$/, flag: /^--stdin$/ },
  { program: /./, flag: /^--(?:password|pass|token|secret)-stdin$/ },
  { program: /^sudo$/, flag: /^-[a-zA-Z]*S[a-zA-Z]*$/ },
]

/** Finds the password that one command says and the next one reads, as in `echo app:PASSWORD | chpasswd`. */
export function pipedPasswordOf(words: readonly string[], reader: readonly string[]): PasswordPlace | undefined {
  if (!SAYS.test(words[0] ?? '')) return undefined
  // `sudo chpasswd` reads what sudo was given; `sudo -S` reads for itself.
  const names = reader.slice(0, 3).map((word) => word.slice(word.lastIndexOf('/') + 1))
  const rule = READS.find(({ program, flag }) => names.some((name) => program.test(name)) && (flag === undefined || reader.some((word) => flag.test(word))))
  const word = words.findLastIndex((each, index) => index > 0 && !/^-[a-zA-Z]+$/.test(each) && !/^%s(?:\\n)?$/.test(each))
  if (rule === undefined || word === -1) return undefined
  const before = rule.before === undefined ? '' : rule.before.exec(words[word] ?? '')?.[0]
  return before === undefined ? undefined : { word, from: before.length, name: 'password' }
}

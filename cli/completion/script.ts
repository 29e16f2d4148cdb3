import type { Command } from 'commander'

/** One place in the tree of commands: what may come next. */
interface CompletionNode {
  /** Words that lead here, joined by spaces; empty for the root. */
  readonly path: string
  readonly words: readonly { readonly word: string; readonly summary: string }[]
  readonly flags: readonly {
    readonly flag: string
    readonly summary: string
    readonly takes: 'nothing' | 'file' | 'value'
    readonly choices: readonly string[]
  }[]
}

/** The completion script of a shell, made from the commands themselves, so that it never lags behind. */
export function completionScript(program: Command, shell: 'bash' | 'zsh' | 'fish'): string {
  const nodes = collectNodes(program, [])
  if (shell === 'fish') return fishScript(nodes)
  const bash = bashScript(nodes)
  return shell === 'bash' ? bash : `#compdef spirlctl\nautoload -U +X bashcompinit && bashcompinit\n${bash}`
}

function collectNodes(command: Command, path: readonly string[]): CompletionNode[] {
  const choices = command.registeredArguments.flatMap((argument) => argument.argChoices ?? [])
  const node: CompletionNode = {
    path: path.join(' '),
    words: [...command.commands.map((child) => ({ word: child.name(), summary: child.summary() })), ...choices.map((word) => ({ word, summary: '' }))],
    flags: command.options.flatMap((option) => {
      const flag = option.long ?? option.short
      if (flag === undefined) return []
      const takes = !option.required ? 'nothing' : /<(file|folder)>/.test(option.flags) ? 'file' : 'value'
      return [{ flag, summary: option.description, takes, choices: option.argChoices ?? [] } as const]
    }),
  }
  return [node, ...command.commands.flatMap((child) => collectNodes(child, [...path, child.name()]))]
}

function bashScript(nodes: readonly CompletionNode[]): string {
  const cases = nodes.map(({ path, words, flags }) => {
    const next = [...words.map(({ word }) => word), ...flags.map(({ flag }) => flag), '--help'].join(' ')
    return `    ${quote(path)}) words=${quote(next)} ;;`
  })
  const values = nodes.flatMap(({ path, flags }) =>
    flags.flatMap(({ flag, takes, choices }) => {
      if (choices.length > 0) return [`    ${quote(`${path} ${flag}`)}) COMPREPLY=($(compgen -W ${quote(choices.join(' '))} -- "$current")); return ;;`]
      if (takes === 'file') return [`    ${quote(`${path} ${flag}`)}) COMPREPLY=($(compgen -f -- "$current")); return ;;`]
      return takes === 'value' ? [`    ${quote(`${path} ${flag}`)}) return ;;`] : []
    }),
  )
  const paths = nodes.map(({ path }) => path).filter((path) => path !== '')
  return `# bash completion of spirlctl
_spirlctl() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' words='' index candidate
  for ((index = 1; index < COMP_CWORD; index++)); do
    candidate="\${path:+$path }\${COMP_WORDS[index]}"
    case "$candidate" in
    ${paths.map(quote).join(' | ')}) path="$candidate" ;;
    esac
  done
  case "$path \${COMP_WORDS[COMP_CWORD - 1]}" in
${values.join('\n')}
  esac
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o filenames -o bashdefault -F _spirlctl spirlctl
`
}

function fishScript(nodes: readonly CompletionNode[]): string {
  const lines = nodes.flatMap(({ path, words, flags }) => {
    const condition = `-n ${quote(`__spirlctl_at ${path}`.trim())}`
    return [
      ...words.map(({ word, summary }) => `complete -c spirlctl ${condition} -f -a ${quote(word)} -d ${quote(summary)}`),
      ...flags.map(({ flag, summary, takes, choices }) => {
        const name = flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`
        const value = choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : takes === 'file' ? ' -r -F' : takes === 'value' ? ' -x' : ''
        return `complete -c spirlctl ${condition} ${name}${value} -d ${quote(summary)}`
      }),
    ]
  })
  return `# fish completion of spirlctl
function __spirlctl_at --description 'whether the words before the cursor are exactly these, options aside'
    set -l words (commandline -opc | string match -v -- '-*')
    test "$words[2..-1]" = "$argv"
end
complete -c spirlctl -f
${lines.join('\n')}
`
}

/** A word that bash, zsh and fish all take literally. */
function quote(text: string): string {
  return `'${text.replaceAll('\\', '').replaceAll("'", "'\\''")}'`
}

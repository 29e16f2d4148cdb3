import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { createProgram } from './program/program.ts'

const ROOT = join(import.meta.dirname, '..')

async function pages(): Promise<readonly string[]> {
  const docs = (await readdir(join(ROOT, 'docs'), { recursive: true })).filter((name) => name.endsWith('.md') && !name.startsWith('decisions'))
  return [join(ROOT, 'README.md'), ...docs.map((name) => join(ROOT, 'docs', name))]
}

/** The command that words lead to, and the words that it takes itself. */
function follow(program: Command, words: readonly string[]): { readonly command: Command; readonly rest: readonly string[] } {
  let command = program
  let used = 0
  for (const word of words) {
    const next = command.commands.find((child) => child.name() === word)
    if (next === undefined) break
    command = next
    used += 1
  }
  return { command, rest: words.slice(used) }
}

test('every command that the documentation shows exists, with its flags', async () => {
  const output = { write: () => true }
  const program = createProgram({ stdout: output, stderr: output, stdin: {}, env: {}, signal: new AbortController().signal, now: () => new Date() })
  const wrong: string[] = []
  let seen = 0
  for (const page of await pages()) {
    const text = (await readFile(page, 'utf8')).replaceAll(/\\\n\s*/g, ' ')
    for (const [, line = ''] of text.matchAll(/(?:^|[`\s])spirlctl ((?:[a-z][\w-]*|--)[^`\n|>#]*)/gm)) {
      const words = line
        .trim()
        .replace(/[.,;:)]+$/, '')
        .split(/\s+/)
      const { command, rest } = follow(program, words)
      // Prose such as "spirlctl is an ordinary client" names no command.
      if (command === program && !rest.some((word) => word.startsWith('-'))) continue
      seen += 1
      const isNoun = command.commands.length > 0
      const unknownVerb = isNoun && rest[0] !== undefined && /^[a-z][a-z-]*$/.test(rest[0])
      const flags = rest.filter((word) => /^--[a-z]/.test(word)).map((word) => word.split('=')[0] ?? '')
      const unknownFlags = flags.filter((flag) => flag !== '--help' && !command.options.some(({ long }) => long === flag))
      if (unknownVerb || unknownFlags.length > 0) wrong.push(`${page.slice(ROOT.length + 1)}: spirlctl ${line.trim()}`)
    }
  }
  expect(wrong).toEqual([])
  expect(seen).toBeGreaterThan(60)
})

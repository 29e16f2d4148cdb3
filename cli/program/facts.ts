import { paintFor } from '../report/colors.ts'
import { cleanText, widthOf, wrapWords } from '../report/text.ts'
import { drawingOf, writeText, type Context } from './context.ts'

/** One line of a description; undefined values are left out. */
export type Fact = readonly [name: string, value: string | undefined]

/** A titled part of a description; its lines are foreign text and cleaned here. */
export interface Section {
  readonly title: string
  readonly lines: readonly string[]
}

/** Prints one thing: its facts under each other, then sections. */
export async function printFacts(context: Context, facts: readonly Fact[], sections: readonly Section[] = []): Promise<void> {
  const { color, width } = drawingOf(context.stdout, context.env)
  const paint = paintFor(color)
  const known = facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined && fact[1] !== '')
  const nameWidth = Math.max(...known.map(([name]) => widthOf(name)))
  const lines = known.flatMap(([name, value]) =>
    wrapWords(cleanText(value), width - nameWidth - 2).map((line, index) => `${paint.dim((index === 0 ? name : '').padEnd(nameWidth))}  ${line}`),
  )
  for (const { title, lines: content } of sections.filter((section) => section.lines.length > 0)) {
    lines.push('', paint.bold(title))
    for (const line of content) {
      const indent = /^ */.exec(line)?.[0] ?? ''
      lines.push(...wrapWords(cleanText(line.trimStart()), width - indent.length - 4).map((part, index) => `  ${indent}${index === 0 ? '' : '  '}${part}`))
    }
  }
  await writeText(context.stdout, `${lines.join('\n')}\n`)
}

import type { ConfigurationChange } from '@mintmark/contract/http'
import { paintFor } from '../report/colors.ts'
import { cleanText } from '../report/text.ts'
import { drawingOf, writeText, type Context } from '../program/context.ts'

const VALUE_CHARS_MAX = 200
const SIGNS = { added: '+', removed: '-', changed: '~' } as const

/** Prints what changed, a line a place. */
export async function printChanges(context: Context, changes: readonly ConfigurationChange[], none: string): Promise<void> {
  if (changes.length === 0) return await writeText(context.stdout, `${none}\n`)
  const paint = paintFor(drawingOf(context.stdout, context.env).color)
  const lines = changes.map(({ change, section, pointer, before, after }) => {
    const values = change === 'changed' ? `${valueWords(before)} -> ${valueWords(after)}` : valueWords(change === 'added' ? after : before)
    return `${SIGNS[change]} ${cleanText(section)}${paint.dim(cleanText(pointer))}  ${values}`
  })
  await writeText(context.stdout, `${lines.join('\n')}\n`)
}

function valueWords(value: unknown): string {
  const text = cleanText(JSON.stringify(value) ?? '')
  return text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX)}…` : text
}

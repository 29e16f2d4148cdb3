import { cleanText } from '../report/text.ts'

/** Markup that was made by {@link html} and needs no escaping. */
export interface Markup {
  readonly markup: string
}

type Part = string | number | undefined | Markup | readonly Markup[]

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/**
 * A template whose every text is escaped, for element content and for quoted attributes alike. Names in a cluster are chosen by
 * strangers, so there is no way to pass a string through unescaped; undefined is nothing.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: strings.map((text, index) => text + (index < parts.length ? render(parts[index]) : '')).join('') }
}

function render(part: Part): string {
  if (part === undefined) return ''
  if (typeof part === 'number') return part.toLocaleString('en-US')
  if (typeof part === 'string') return cleanText(part).replace(/[&<>"']/g, (mark) => ENTITIES[mark] ?? '')
  return 'markup' in part ? part.markup : part.map(({ markup }) => markup).join('')
}

/** A long name that may break where a reader would break it: after a slash, a colon, an equals sign, a dot or an at. */
export function breakable(text: string): Markup {
  const [first = '', ...rest] = text.split(/(?<=[/:=.@\]])/)
  return { markup: [first, ...rest].map((part) => html`${part}`.markup).join('<wbr>') }
}

/** Our own style or script as an element. No white space comes between, because the page's policy names the digest of exactly this text. */
export function ownElement(name: 'style' | 'script', text: string): Markup {
  return { markup: `<${name}>${text}</${name}>` }
}

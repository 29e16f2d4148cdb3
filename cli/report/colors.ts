import type { Level } from '@mintmark/contract/scan'
import picocolors from 'picocolors'

/** Paint for a terminal; every function is the identity without colour. */
export interface Paint {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly name: (text: string) => string
  readonly warning: (text: string) => string
  readonly good: (text: string) => string
  readonly level: (level: Level, text: string) => string
  readonly badge: (level: Level, text: string) => string
}

/** Red, yellow, cyan and grey also tell levels apart for most people who do not see red and green; the word is always there too. */
export function paintFor(color: boolean): Paint {
  const colors = picocolors.createColors(color)
  const level = { Critical: colors.red, High: colors.yellow, Medium: colors.cyan, Low: colors.green, Unknown: colors.gray }
  const badge = {
    Critical: (text: string) => colors.bgRed(colors.whiteBright(colors.bold(text))),
    High: (text: string) => colors.bgYellow(colors.black(text)),
    Medium: (text: string) => colors.bgCyan(colors.black(text)),
    Low: (text: string) => colors.bgGreen(colors.black(text)),
    Unknown: (text: string) => colors.inverse(text),
  }
  return {
    bold: colors.bold,
    dim: colors.dim,
    name: (text) => colors.bold(colors.blueBright(text)),
    warning: colors.yellow,
    good: colors.green,
    level: (name, text) => level[name](text),
    badge: (name, text) => badge[name](text),
  }
}

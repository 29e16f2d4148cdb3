import type { Plant, Setting } from './credential.ts'

/** A plant at its place in a finished text. */
export interface Mark {
  readonly start: number
  readonly end: number
  readonly plant: Plant
  /** Key path as the text writes it; absent when the text is not a file. */
  readonly field?: string
}

/** A text that knows where its plants are. */
export interface MarkedText {
  readonly text: string
  readonly marks: readonly Mark[]
  /** Name of the way it is written: plain, env, properties, … */
  readonly style: string
}

/** Builds a text piece by piece and keeps the place of each plant. */
export class TextBuilder {
  #text = ''
  readonly #marks: Mark[] = []

  append(piece: string): this {
    this.#text += piece
    return this
  }

  /**
   * Appends a setting's text. `escape` must work character by character, so that escaping a prefix gives the offset of what follows it.
   */
  appendSetting(setting: Pick<Setting, 'text' | 'plants'>, field: string | undefined, escape: (text: string) => string = (text) => text): this {
    const base = this.#text.length
    for (const plant of setting.plants) {
      const start = base + escape(setting.text.slice(0, plant.start)).length
      const end = base + escape(setting.text.slice(0, plant.end)).length
      this.#marks.push(field === undefined ? { start, end, plant } : { start, end, plant, field })
    }
    this.#text += escape(setting.text)
    return this
  }

  finish(style: string): MarkedText {
    return { text: this.#text, marks: this.#marks, style }
  }
}

/** A setting's text on its own. */
export function plainText(setting: Pick<Setting, 'text' | 'plants'>): MarkedText {
  return new TextBuilder().appendSetting(setting, undefined).finish('plain')
}

/** Inserts marked texts between literal pieces: `compose(['--dsn=', text])`. */
export function compose(pieces: readonly (string | MarkedText)[], style: string): MarkedText {
  let text = ''
  const marks: Mark[] = []
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      text += piece
      continue
    }
    const base = text.length
    marks.push(...piece.marks.map((mark) => ({ ...mark, start: mark.start + base, end: mark.end + base })))
    text += piece.text
  }
  return { text, marks, style }
}

/** Rewrites a whole text character by character and moves the marks along, for CRLF line ends and escaped copies. */
export function escapeText(marked: MarkedText, escape: (text: string) => string, style = marked.style): MarkedText {
  const marks = marked.marks.map((mark) => ({
    ...mark,
    start: escape(marked.text.slice(0, mark.start)).length,
    end: escape(marked.text.slice(0, mark.end)).length,
  }))
  return { text: escape(marked.text), marks, style }
}

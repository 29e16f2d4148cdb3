/** ECMAScript's "JSON.parse source text access", which Node 26 has and TypeScript's library does not describe yet. */
interface JSON {
  /** A value that `JSON.stringify` writes as the text given: numbers of any length. */
  rawJSON(text: string): object
  parse(text: string, reviver: (this: unknown, name: string, value: unknown, context: { readonly source?: string }) => unknown): unknown
}

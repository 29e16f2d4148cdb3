import type { FormatOptions, PageOptions, ServerOptions } from '../server/options.ts'

/** The four nouns of the inventory. */
export type Entity = 'application' | 'deployment' | 'identity' | 'secret'

/** Options of `get` and `trace`. */
export interface GetOptions extends FormatOptions, ServerOptions {
  readonly asOf?: string
}

/** Options of `list`; every noun offers some of the filters. */
export interface ListOptions extends GetOptions, PageOptions {
  readonly name?: string
  readonly namespace?: string
  readonly application?: string
  readonly kind?: string
  readonly provider?: string
  readonly level?: 'Low' | 'Medium' | 'High' | 'Critical'
  readonly publicId?: string
}
